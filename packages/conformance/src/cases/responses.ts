import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  arrayAt,
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectThat,
  firstOf,
  onlyOf,
} from '../kit/expect.ts';
import { Inconclusive } from '../kit/mismatch.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import {
  type AnswerFacts,
  AUDIO,
  answerClaims,
  outputId,
  referenceOf,
  TEXT,
} from './answer-claims.ts';
import { bytesOfBase64 } from './made-audio.ts';

const QUESTION: WireEvent = {
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
};

async function answer(
  stage: Parameters<Exchange['observe']>[0],
  modality: string,
): Promise<AnswerFacts> {
  const session = await stage.openQuiet({ output_modalities: [modality] });
  const start = session.events.length;
  session.send(QUESTION, { type: 'response.create' });
  await session.until('response.done');
  return { events: session.events.slice(start) };
}

const text = defineExchange<AnswerFacts>({
  name: 'an answer in text',
  group: 'responses',
  observe: (stage) => answer(stage, 'text'),
  assertions: answerClaims(TEXT),
});

const spoken = defineExchange<AnswerFacts>({
  name: 'an answer in speech',
  group: 'responses',
  needs: ['audio-output'],
  observe: (stage) => answer(stage, 'audio'),
  assertions: [
    ...answerClaims(AUDIO),
    {
      id: 'responses.audio.audio-done',
      statement: 'output_audio.done comes once, without audio',
      reference: referenceOf('response.output_audio.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.output_audio.done');
        expectIs(done, 'item_id', outputId(events));
        expectAbsent(done, 'delta');
      },
    },
    {
      id: 'responses.audio.deltas',
      statement: 'audio deltas are whole samples of PCM in base64, with item and part',
      reference: referenceOf('response.output_audio.delta'),
      needs: ['audio-events'],
      check: ({ events }) => {
        const id = outputId(events);
        firstOf(events, 'response.output_audio.delta');
        for (const delta of allOf(events, 'response.output_audio.delta')) {
          const bytes = bytesOfBase64(at(delta, 'delta'));
          expectThat(
            bytes !== undefined && bytes.length > 0 && bytes.length % 2 === 0,
            'PCM in base64',
            {
              got: bytes?.length,
            },
          );
          expectIs(delta, 'item_id', id);
          expectIs(delta, 'content_index', 0);
        }
      },
    },
    {
      id: 'responses.audio.deltas-before-done',
      statement: 'no audio comes after output_audio.done',
      reference: referenceOf('response.output_audio.done'),
      needs: ['audio-events'],
      check: ({ events }) => {
        const deltas = allOf(events, 'response.output_audio.delta');
        const last = deltas.at(-1);
        expectThat(
          last !== undefined &&
            events.indexOf(last) < events.indexOf(firstOf(events, 'response.output_audio.done')),
          'audio, then output_audio.done',
          { got: `${deltas.length} deltas` },
        );
      },
    },
    {
      id: 'responses.audio.no-text-events',
      statement: 'an answer in speech has no output_text events',
      reference: referenceOf('response.output_audio_transcript.delta'),
      check: ({ events }) => {
        firstOf(events, 'response.output_audio_transcript.delta');
        expectThat(allOf(events, 'response.output_text.delta').length === 0, 'no output_text', {
          got: 'output_text.delta',
        });
      },
    },
    {
      id: 'responses.audio.beta-names',
      statement: "the beta's names of audio events are not used",
      reference: 'Realtime API, beta to GA migration',
      check: ({ events }) => {
        firstOf(events, 'response.output_audio_transcript.delta');
        const beta = events.find(({ type }) =>
          /^response\.(audio|audio_transcript|text)\./.test(type),
        );
        expectThat(beta === undefined, 'no event of the beta', { got: beta?.type });
      },
    },
  ],
});

const limits = defineExchange<{ readonly limits: readonly WireEvent[] }>({
  name: 'rate limits after an answer',
  group: 'responses',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    session.send(QUESTION, { type: 'response.create' });
    await session.until('response.done');
    await session.settle();
    return { limits: allOf(session.events, 'rate_limits.updated') };
  },
  assertions: [
    {
      id: 'responses.rate-limits.shape',
      statement: 'rate_limits.updated, where it comes, has name, limit, remaining, reset_seconds',
      reference: referenceOf('rate_limits.updated'),
      check: ({ limits: [first] }) => {
        if (first === undefined) throw new Inconclusive('rate_limits.updated was not sent');
        expectThat(arrayAt(first, 'rate_limits').length > 0, 'a rate limit', { got: first });
        expectKind(first, 'rate_limits[0].name', 'string');
        for (const name of ['limit', 'remaining', 'reset_seconds']) {
          expectKind(first, `rate_limits[0].${name}`, 'number');
        }
      },
    },
  ],
});

/** Answers from their beginning to their end. */
export const RESPONSE_EXCHANGES: readonly Exchange[] = [text, spoken, limits];
