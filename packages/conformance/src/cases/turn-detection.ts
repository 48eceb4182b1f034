import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  expectAbsent,
  expectIs,
  expectKind,
  expectNone,
  expectOrder,
  expectThat,
  firstOf,
  numberAt,
  textAt,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { LEAD_MS, say, speechOf, vadSession } from './spoken-turn.ts';

const STARTED = 'Server events, input_audio_buffer.speech_started';
const STOPPED = 'Server events, input_audio_buffer.speech_stopped';
const COMMITTED = 'Server events, input_audio_buffer.committed';
const VAD = 'Realtime API, voice activity detection';
const TURN_ORDER = [
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.committed',
  'conversation.item.added',
  'conversation.item.done',
];

interface TurnsFacts {
  readonly first: readonly WireEvent[];
  readonly second: readonly WireEvent[];
  readonly afterwards: readonly WireEvent[];
  /** The length of everything that was sent. */
  readonly sentMs: number;
}

const turns = defineExchange<TurnsFacts>({
  name: 'two turns that are found and not answered',
  group: 'turn-detection',
  needs: ['speech'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await vadSession(stage, { type: 'server_vad', create_response: false });
    const done = 'conversation.item.done';
    let start = session.events.length;
    say(session, speech, 1_500);
    await session.until(done);
    const first = session.events.slice(start);
    start = session.events.length;
    say(session, speech, 1_500);
    await session.until(done);
    const second = session.events.slice(start);
    const afterwards = await session.settle();
    const sentMs = 2 * (LEAD_MS + speech.length / 24 + 1_500);
    return { first, second, afterwards, sentMs };
  },
  assertions: [
    {
      id: 'turn-detection.turn.order',
      statement: 'a turn is told by speech_started, speech_stopped, committed, added, done',
      reference: VAD,
      check: ({ first }) => expectOrder(first, TURN_ORDER),
    },
    {
      id: 'turn-detection.started.item-id',
      statement: 'speech_started names the item that the turn will become',
      reference: STARTED,
      check: ({ first }) => {
        const id = textAt(firstOf(first, 'input_audio_buffer.speech_started'), 'item_id');
        expectIs(firstOf(first, 'conversation.item.added'), 'item.id', id);
      },
    },
    {
      id: 'turn-detection.started.audio-start-ms',
      statement: 'audio_start_ms is in whole milliseconds since the first audio',
      reference: STARTED,
      check: ({ first, sentMs }) => {
        const started = firstOf(first, 'input_audio_buffer.speech_started');
        expectKind(started, 'audio_start_ms', 'integer');
        const ms = numberAt(started, 'audio_start_ms');
        expectThat(ms >= 0 && ms <= sentMs, `0 to ${sentMs} ms`, { got: ms, excerpt: started });
      },
    },
    {
      id: 'turn-detection.stopped.item-id',
      statement: 'speech_stopped names the same item',
      reference: STOPPED,
      check: ({ first }) =>
        expectIs(
          firstOf(first, 'input_audio_buffer.speech_stopped'),
          'item_id',
          textAt(firstOf(first, 'input_audio_buffer.speech_started'), 'item_id'),
        ),
    },
    {
      id: 'turn-detection.stopped.audio-end-ms',
      statement: 'audio_end_ms lies behind audio_start_ms and within what was sent',
      reference: STOPPED,
      check: ({ first, sentMs }) => {
        const startMs = numberAt(
          firstOf(first, 'input_audio_buffer.speech_started'),
          'audio_start_ms',
        );
        const stopped = firstOf(first, 'input_audio_buffer.speech_stopped');
        const endMs = numberAt(stopped, 'audio_end_ms');
        expectThat(endMs > startMs && endMs <= sentMs, `${startMs} to ${sentMs} ms`, {
          got: endMs,
          excerpt: stopped,
        });
      },
    },
    {
      id: 'turn-detection.committed.item-id',
      statement: 'committed names the same item',
      reference: COMMITTED,
      check: ({ first }) =>
        expectIs(
          firstOf(first, 'input_audio_buffer.committed'),
          'item_id',
          textAt(firstOf(first, 'input_audio_buffer.speech_started'), 'item_id'),
        ),
    },
    {
      id: 'turn-detection.committed.first-previous',
      statement: 'the first turn has no predecessor',
      reference: COMMITTED,
      check: ({ first }) =>
        expectIs(firstOf(first, 'input_audio_buffer.committed'), 'previous_item_id', null),
    },
    {
      id: 'turn-detection.committed.second-previous',
      statement: "the second turn's predecessor is the first",
      reference: COMMITTED,
      check: ({ first, second }) =>
        expectIs(
          firstOf(second, 'input_audio_buffer.committed'),
          'previous_item_id',
          textAt(firstOf(first, 'input_audio_buffer.committed'), 'item_id'),
        ),
    },
    {
      id: 'turn-detection.second.after-first',
      statement: 'times go on from turn to turn: the second starts behind the end of the first',
      reference: STARTED,
      check: ({ first, second }) => {
        const endMs = numberAt(firstOf(first, 'input_audio_buffer.speech_stopped'), 'audio_end_ms');
        const started = firstOf(second, 'input_audio_buffer.speech_started');
        const startMs = numberAt(started, 'audio_start_ms');
        // The prefix of the second turn may reach back to the end of the first.
        expectThat(startMs >= endMs - 300, `${endMs} ms or later`, {
          got: startMs,
          excerpt: started,
        });
      },
    },
    {
      id: 'turn-detection.item.user',
      statement: "the turn's item is a completed message of the user",
      reference: 'Server events, conversation.item.done',
      check: ({ first }) => {
        const done = firstOf(first, 'conversation.item.done');
        expectIs(done, 'item.role', 'user');
        expectIs(done, 'item.status', 'completed');
      },
    },
    {
      id: 'turn-detection.item.content',
      statement: 'its content is input_audio with transcript null and without audio',
      reference: 'Server events, conversation.item.done',
      check: ({ first }) => {
        const done = firstOf(first, 'conversation.item.done');
        expectIs(done, 'item.content[0].type', 'input_audio');
        expectIs(done, 'item.content[0].transcript', null);
        expectAbsent(done, 'item.content[0].audio');
      },
    },
    {
      id: 'turn-detection.create-off.no-response',
      statement: 'with create_response false no response follows',
      reference: VAD,
      check: ({ second, afterwards }) => {
        firstOf(second, 'input_audio_buffer.committed');
        expectNone([...second, ...afterwards], /^response\./);
      },
    },
  ],
});

const answered = defineExchange<{ readonly events: readonly WireEvent[] }>({
  name: 'a turn that is answered',
  group: 'turn-detection',
  needs: ['speech'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await vadSession(stage, { type: 'server_vad' });
    const start = session.events.length;
    say(session, speech, 1_500);
    await session.until('response.done');
    return { events: session.events.slice(start) };
  },
  assertions: [
    {
      id: 'turn-detection.answered.by-itself',
      statement: 'a turn is answered without response.create',
      reference: VAD,
      check: ({ events }) => expectKind(firstOf(events, 'response.created'), 'response', 'object'),
    },
    {
      id: 'turn-detection.answered.order',
      statement: "the response is created after the turn's item is done",
      reference: VAD,
      check: ({ events }) =>
        expectOrder(events, [...TURN_ORDER, 'response.created', 'response.done']),
    },
    {
      id: 'turn-detection.answered.previous',
      statement: "the answer's predecessor is the turn",
      reference: 'Server events, conversation.item.added',
      check: ({ events }) => {
        const turnId = textAt(firstOf(events, 'input_audio_buffer.committed'), 'item_id');
        expectIs(allOf(events, 'conversation.item.added')[1], 'previous_item_id', turnId);
      },
    },
  ],
});

const manual = defineExchange<{
  readonly events: readonly WireEvent[];
  readonly done: WireEvent;
}>({
  name: 'speech without turn detection',
  group: 'turn-detection',
  needs: ['speech'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await vadSession(stage, null);
    const start = session.events.length;
    say(session, speech, 1_500);
    const done = await session.demand(
      { type: 'input_audio_buffer.commit' },
      'conversation.item.done',
    );
    await session.settle();
    return { events: session.events.slice(start), done };
  },
  assertions: [
    {
      id: 'turn-detection.manual.no-speech-events',
      statement: 'without turn detection no speech is told',
      reference: VAD,
      check: ({ events }) => {
        firstOf(events, 'input_audio_buffer.committed');
        expectNone(events, /^input_audio_buffer\.speech_/);
      },
    },
    {
      id: 'turn-detection.manual.no-response',
      statement: 'without turn detection a commit is not answered',
      reference: VAD,
      check: ({ events, done }) => {
        expectIs(done, 'item.role', 'user');
        expectNone(events, /^response\./);
      },
    },
  ],
});

const semantic = defineExchange<{ readonly events: readonly WireEvent[] }>({
  name: 'a turn found by meaning',
  group: 'turn-detection',
  needs: ['speech', 'semantic-vad'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await vadSession(stage, {
      type: 'semantic_vad',
      eagerness: 'high',
      create_response: false,
    });
    const start = session.events.length;
    say(session, speech, 9_000);
    await session.until('conversation.item.done');
    return { events: session.events.slice(start) };
  },
  assertions: [
    {
      id: 'turn-detection.semantic.order',
      statement: 'a turn found by meaning is told by the same events in the same order',
      reference: VAD,
      check: ({ events }) => expectOrder(events, TURN_ORDER),
    },
    {
      id: 'turn-detection.semantic.item-id',
      statement: 'they name the same item',
      reference: VAD,
      check: ({ events }) => {
        const id = textAt(firstOf(events, 'input_audio_buffer.speech_started'), 'item_id');
        expectIs(firstOf(events, 'input_audio_buffer.speech_stopped'), 'item_id', id);
        expectIs(firstOf(events, 'input_audio_buffer.committed'), 'item_id', id);
        expectIs(firstOf(events, 'conversation.item.done'), 'item.id', id);
      },
    },
  ],
});

/** Turns that the server finds. */
export const TURN_DETECTION_EXCHANGES: readonly Exchange[] = [turns, answered, manual, semantic];
