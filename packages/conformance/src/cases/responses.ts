import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  arrayAt,
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectOrder,
  expectThat,
  firstOf,
  numberAt,
  onlyOf,
  textAt,
} from '../kit/expect.ts';
import { Inconclusive } from '../kit/mismatch.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { bytesOfBase64 } from './made-audio.ts';

/** A typed question and its answer. */
interface AnswerFacts {
  readonly events: readonly WireEvent[];
}

interface AnswerKind {
  readonly name: 'text' | 'audio';
  /** Events of the words, without `.delta` and `.done`. */
  readonly words: string;
  /** The member of parts and items that holds the words. */
  readonly member: 'text' | 'transcript';
  readonly content: 'output_text' | 'output_audio';
}

const TEXT: AnswerKind = {
  name: 'text',
  words: 'response.output_text',
  member: 'text',
  content: 'output_text',
};

const AUDIO: AnswerKind = {
  name: 'audio',
  words: 'response.output_audio_transcript',
  member: 'transcript',
  content: 'output_audio',
};

const QUESTION: WireEvent = {
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
};

/** The item of the assistant, which the first output item is. */
function outputId(events: readonly WireEvent[]): string {
  return textAt(firstOf(events, 'response.output_item.added'), 'item.id');
}

/** The conversation's event about the output item. */
function ofOutput(events: readonly WireEvent[], type: string): WireEvent {
  const id = outputId(events);
  return onlyOf(
    allOf(events, type).filter((event) => at(event, 'item.id') === id),
    type,
  );
}

function wordsOf(events: readonly WireEvent[], kind: AnswerKind): string {
  return allOf(events, `${kind.words}.delta`)
    .map((event) => textAt(event, 'delta'))
    .join('');
}

type Claim = Assertion<AnswerFacts>;

function event(type: string): string {
  return `Server events, ${type}`;
}

/** What holds of answers in text and in speech alike. */
function common(kind: AnswerKind): readonly Claim[] {
  const { name, words, member, content } = kind;
  const claim = (
    id: string,
    statement: string,
    rest: Pick<Claim, 'reference' | 'check'>,
  ): Claim => ({
    id: `responses.${name}.${id}`,
    statement: `${statement} (${name})`,
    ...rest,
  });
  return [
    ...orderClaims(kind, claim),
    claim('created', 'response.created has a response in progress, with nothing in it yet', {
      reference: event('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        expectIs(created, 'response.object', 'realtime.response');
        expectMatch(created, 'response.id', /^resp_.+/);
        expectIs(created, 'response.status', 'in_progress');
        expectIs(created, 'response.output', []);
      },
    }),
    claim('created.nulls', 'usage, status_details and metadata are null at first', {
      reference: event('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        for (const path of ['usage', 'status_details', 'metadata']) {
          expectIs(created, `response.${path}`, null);
        }
      },
    }),
    claim('created.conversation', 'the response names its conversation', {
      reference: event('response.created'),
      check: ({ events }) =>
        expectMatch(firstOf(events, 'response.created'), 'response.conversation_id', /^conv_.+/),
    }),
    claim('created.settings', 'the response tells its modality, format, voice and token limit', {
      reference: event('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        expectIs(created, 'response.output_modalities', [name]);
        expectIs(created, 'response.audio.output.format.type', 'audio/pcm');
        expectKind(created, 'response.audio.output.voice', 'string');
        expectIs(created, 'response.max_output_tokens', 'inf');
      },
    }),
    claim('ids', 'all events of the response name it', {
      reference: event('response.output_item.added'),
      check: ({ events }) => {
        const id = textAt(firstOf(events, 'response.created'), 'response.id');
        expectIs(firstOf(events, 'response.done'), 'response.id', id);
        const parts = events.filter(
          ({ type }) => /^response\./.test(type) && !/^response\.(created|done)$/.test(type),
        );
        for (const part of parts) expectIs(part, 'response_id', id);
      },
    }),
    claim('indices', 'deltas name item, output_index 0 and content_index 0', {
      reference: event(`${words}.delta`),
      check: ({ events }) => {
        const id = outputId(events);
        for (const type of ['response.content_part.added', `${words}.delta`, `${words}.done`]) {
          const one = firstOf(events, type);
          expectIs(one, 'item_id', id);
          expectIs(one, 'output_index', 0);
          expectIs(one, 'content_index', 0);
        }
      },
    }),
    claim('item-added', 'the output item begins in progress and empty', {
      reference: event('response.output_item.added'),
      check: ({ events }) => {
        const added = firstOf(events, 'response.output_item.added');
        expectIs(added, 'item.type', 'message');
        expectIs(added, 'item.role', 'assistant');
        expectIs(added, 'item.status', 'in_progress');
        expectIs(added, 'item.content', []);
      },
    }),
    claim('conversation-added', "the answer stands behind the user's item", {
      reference: event('conversation.item.added'),
      check: ({ events }) => {
        const question = firstOf(events, 'conversation.item.added');
        expectIs(
          ofOutput(events, 'conversation.item.added'),
          'previous_item_id',
          at(question, 'item.id'),
        );
      },
    }),
    claim('part-added', `the part is told as ${name}, empty, without output_ before it`, {
      reference: event('response.content_part.added'),
      check: ({ events }) => {
        const added = firstOf(events, 'response.content_part.added');
        expectIs(added, 'part.type', name);
        expectIs(added, `part.${member}`, '');
      },
    }),
    claim('words.deltas', 'the deltas together are the words of the done event', {
      reference: event(`${words}.done`),
      check: ({ events }) =>
        expectIs(onlyOf(events, `${words}.done`), member, wordsOf(events, kind)),
    }),
    claim('words.not-empty', 'there is at least one delta with words', {
      reference: event(`${words}.delta`),
      check: ({ events }) => expectMatch({ words: wordsOf(events, kind) }, 'words', /\S/),
    }),
    claim('part-done', 'the part is done with the same words', {
      reference: event('response.content_part.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.content_part.done');
        expectIs(done, 'part.type', name);
        expectIs(done, `part.${member}`, wordsOf(events, kind));
      },
    }),
    claim('item-done', `the item is completed, its content is ${content} with the same words`, {
      reference: event('response.output_item.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.output_item.done');
        expectIs(done, 'item.id', outputId(events));
        expectIs(done, 'item.status', 'completed');
        expectIs(done, 'item.content[0].type', content);
        expectIs(done, `item.content[0].${member}`, wordsOf(events, kind));
      },
    }),
    claim('conversation-done', 'the conversation is told the same item', {
      reference: event('conversation.item.done'),
      check: ({ events }) =>
        expectIs(
          ofOutput(events, 'conversation.item.done'),
          'item',
          at(onlyOf(events, 'response.output_item.done'), 'item'),
        ),
    }),
    claim('no-audio-in-items', 'items come without audio', {
      reference: event('response.done'),
      check: ({ events }) => {
        expectIs(firstOf(events, 'response.done'), 'response.output[0].content[0].type', content);
        expectAbsent(firstOf(events, 'response.done'), 'response.output[0].content[0].audio');
        expectAbsent(firstOf(events, 'response.output_item.done'), 'item.content[0].audio');
      },
    }),
    ...doneClaims(kind, claim),
  ];
}

type MakeClaim = (id: string, statement: string, rest: Pick<Claim, 'reference' | 'check'>) => Claim;

function orderClaims({ words, name }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  const closing =
    name === 'audio' ? ['response.output_audio.done', `${words}.done`] : [`${words}.done`];
  return [
    claim('order.opening', 'created, output item, part and words come in the documented order', {
      reference: event('response.created'),
      check: ({ events }) =>
        expectOrder(events, [
          'conversation.item.added',
          'conversation.item.done',
          'response.created',
          'response.output_item.added',
          'response.content_part.added',
          `${words}.delta`,
          `${words}.done`,
        ]),
    }),
    claim(
      'order.closing',
      'words, part, output item and response are done in the documented order',
      {
        reference: event('response.done'),
        check: ({ events }) =>
          expectOrder(events, [
            ...closing,
            'response.content_part.done',
            'response.output_item.done',
            'response.done',
          ]),
      },
    ),
    claim('order.item-added', 'the conversation hears of the item between output item and part', {
      reference: event('conversation.item.added'),
      check: ({ events }) => {
        const place = events.indexOf(ofOutput(events, 'conversation.item.added'));
        expectThat(
          events.indexOf(firstOf(events, 'response.output_item.added')) < place &&
            place < events.indexOf(firstOf(events, 'response.content_part.added')),
          'conversation.item.added between response.output_item.added and content_part.added',
          { got: `place ${place}` },
        );
      },
    }),
    claim('order.item-done', 'conversation.item.done comes before response.output_item.done', {
      reference: event('conversation.item.done'),
      check: ({ events }) =>
        expectThat(
          events.indexOf(ofOutput(events, 'conversation.item.done')) <
            events.indexOf(onlyOf(events, 'response.output_item.done')),
          'conversation.item.done before response.output_item.done',
          { got: 'the other order' },
        ),
    }),
  ];
}

function doneClaims({ name }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  const reference = event('response.done');
  return [
    claim('done', 'response.done is completed, without details', {
      reference,
      check: ({ events }) => {
        const done = onlyOf(events, 'response.done');
        expectIs(done, 'response.status', 'completed');
        expectIs(done, 'response.status_details', null);
        expectIs(done, 'response.output_modalities', [name]);
      },
    }),
    claim('done.output', 'response.done has the item as it was done', {
      reference,
      check: ({ events }) =>
        expectIs(
          firstOf(events, 'response.done'),
          'response.output[0]',
          at(firstOf(events, 'response.output_item.done'), 'item'),
        ),
    }),
    claim('usage.sum', 'total_tokens is the sum of input and output', {
      reference,
      check: ({ events }) => {
        const done = firstOf(events, 'response.done');
        const sum =
          numberAt(done, 'response.usage.input_tokens') +
          numberAt(done, 'response.usage.output_tokens');
        expectIs(done, 'response.usage.total_tokens', sum);
      },
    }),
    claim('usage.input', 'input tokens are told by kind, and which of them were cached', {
      reference,
      check: ({ events }) => {
        const path = 'response.usage.input_token_details';
        const names = ['text_tokens', 'audio_tokens', 'image_tokens', 'cached_tokens'];
        for (const one of names)
          expectKind(firstOf(events, 'response.done'), `${path}.${one}`, 'integer');
        expectKind(firstOf(events, 'response.done'), `${path}.cached_tokens_details`, 'object');
      },
    }),
    claim('usage.output', 'output tokens are told by kind', {
      reference,
      check: ({ events }) => {
        const path = 'response.usage.output_token_details';
        for (const one of ['text_tokens', 'audio_tokens']) {
          expectKind(firstOf(events, 'response.done'), `${path}.${one}`, 'integer');
        }
      },
    }),
    claim('event-ids', 'every event has an event_id that no other has', {
      reference: 'Realtime API, server events',
      check: ({ events }) => {
        const ids = events.map((one) => textAt(one, 'event_id'));
        expectThat(new Set(ids).size === ids.length, 'no event_id twice', { got: ids.length });
      },
    }),
  ];
}

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
  assertions: common(TEXT),
});

const spoken = defineExchange<AnswerFacts>({
  name: 'an answer in speech',
  group: 'responses',
  needs: ['audio-output'],
  observe: (stage) => answer(stage, 'audio'),
  assertions: [
    ...common(AUDIO),
    {
      id: 'responses.audio.audio-done',
      statement: 'output_audio.done comes once, without audio',
      reference: event('response.output_audio.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.output_audio.done');
        expectIs(done, 'item_id', outputId(events));
        expectAbsent(done, 'delta');
      },
    },
    {
      id: 'responses.audio.deltas',
      statement: 'audio deltas are whole samples of PCM in base64, with item and part',
      reference: event('response.output_audio.delta'),
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
      reference: event('response.output_audio.done'),
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
      reference: event('response.output_audio_transcript.delta'),
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
      reference: event('rate_limits.updated'),
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
