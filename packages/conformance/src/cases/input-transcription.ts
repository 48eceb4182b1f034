import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectIs,
  expectKind,
  expectMatch,
  expectOneOf,
  expectOrder,
  firstOf,
  textAt,
} from '../kit/expect.ts';
import { Inconclusive } from '../kit/mismatch.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { say, speechOf, vadSession } from './spoken-turn.ts';

const TRANSCRIPTION = 'conversation.item.input_audio_transcription';
const COMPLETED = `Server events, ${TRANSCRIPTION}.completed`;

interface TranscriptFacts {
  readonly events: readonly WireEvent[];
  readonly end: WireEvent;
}

function completed({ end }: TranscriptFacts): WireEvent {
  if (end.type === `${TRANSCRIPTION}.failed`) {
    throw new Inconclusive('the transcription failed');
  }
  return end;
}

const transcript = defineExchange<TranscriptFacts>({
  name: 'a turn that is transcribed',
  group: 'input-transcription',
  needs: ['speech', 'input-transcription'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await vadSession(
      stage,
      { type: 'server_vad', create_response: false },
      { transcription: { model: stage.options.transcriptionModel } },
    );
    const start = session.events.length;
    say(session, speech, 1_500);
    const form = /^conversation\.item\.input_audio_transcription\.(completed|failed)$/;
    const end = await session.until(({ type }) => form.test(type), 'a transcription');
    return { events: session.events.slice(start), end };
  },
  assertions: [
    {
      id: 'input-transcription.end.item-id',
      statement: 'completed, or failed, names the item of the turn',
      reference: COMPLETED,
      check: ({ events, end }) =>
        expectIs(
          end,
          'item_id',
          textAt(firstOf(events, 'input_audio_buffer.committed'), 'item_id'),
        ),
    },
    {
      id: 'input-transcription.end.content-index',
      statement: 'it names the part by content_index 0',
      reference: COMPLETED,
      check: ({ end }) => expectIs(end, 'content_index', 0),
    },
    {
      id: 'input-transcription.completed.transcript',
      statement: 'completed has the transcript as a text',
      reference: COMPLETED,
      check: (facts) => expectKind(completed(facts), 'transcript', 'string'),
    },
    {
      id: 'input-transcription.completed.usage',
      statement: 'completed has its usage, in tokens or in seconds',
      reference: COMPLETED,
      check: (facts) => {
        const end = completed(facts);
        expectOneOf(end, 'usage.type', ['tokens', 'duration']);
        if (at(end, 'usage.type') === 'duration') expectKind(end, 'usage.seconds', 'number');
        else {
          const names = ['total_tokens', 'input_tokens', 'output_tokens'];
          for (const name of names) expectKind(end, `usage.${name}`, 'integer');
          expectKind(end, 'usage.input_token_details.audio_tokens', 'integer');
        }
      },
    },
    {
      id: 'input-transcription.completed.after-commit',
      statement: 'completed comes after the turn was committed',
      reference: COMPLETED,
      check: (facts) => {
        const end = completed(facts);
        expectOrder(facts.events, ['input_audio_buffer.committed', end.type]);
      },
    },
    {
      id: 'input-transcription.delta.shape',
      statement: 'a delta has the item, the part and a text',
      reference: `Server events, ${TRANSCRIPTION}.delta`,
      check: ({ events, end }) => {
        const delta = allOf(events, `${TRANSCRIPTION}.delta`)[0];
        if (delta === undefined) throw new Inconclusive('no delta came');
        expectIs(delta, 'item_id', at(end, 'item_id'));
        expectIs(delta, 'content_index', 0);
        expectMatch(delta, 'delta', /^/);
      },
    },
    {
      id: 'input-transcription.item.null',
      statement: "the item's own event keeps transcript null",
      reference: 'Server events, conversation.item.done',
      check: ({ events }) =>
        expectIs(firstOf(events, 'conversation.item.done'), 'item.content[0].transcript', null),
    },
  ],
});

/** What was said, as text. */
export const INPUT_TRANSCRIPTION_EXCHANGES: readonly Exchange[] = [transcript];
