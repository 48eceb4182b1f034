import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectAbsent,
  expectIs,
  expectMatch,
  expectNone,
  expectOrder,
  expectThat,
  firstOf,
  numberAt,
  onlyOf,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { base64Of, bytesOfBase64, silence, tone } from './made-audio.ts';

const COMMIT = 'Client events, input_audio_buffer.commit';
const COMMITTED = 'Server events, input_audio_buffer.committed';
const CLEAR = 'Client events, input_audio_buffer.clear';
const APPEND = 'Client events, input_audio_buffer.append';

function append(pcm: Int16Array): WireEvent {
  return { type: 'input_audio_buffer.append', audio: base64Of(pcm) };
}

interface BufferFacts {
  /** What came after an append, until the buffer was cleared. */
  readonly afterAppend: readonly WireEvent[];
  readonly cleared: WireEvent;
  readonly cleanCommit: WireEvent;
  readonly shortCommit: WireEvent;
  /** The first turn, from its commit to its item's done. */
  readonly first: readonly WireEvent[];
  readonly emptyAgain: WireEvent;
  readonly second: readonly WireEvent[];
  /** What came after the second turn until a reply to something else. */
  readonly afterwards: readonly WireEvent[];
  readonly retrieved: WireEvent;
}

const commit = (event_id: string): WireEvent => ({ type: 'input_audio_buffer.commit', event_id });

const buffer = defineExchange<BufferFacts>({
  name: 'the input buffer',
  group: 'input-audio-buffer',
  needs: ['audio-events'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const done = 'conversation.item.done';
    session.send(append(tone(200)));
    const afterAppend = await session.settle();
    const cleared = session.events.at(-1) ?? { type: 'nothing' };
    const cleanCommit = await session.ask(commit('clean'), done);
    session.send(append(tone(50)));
    const shortCommit = await session.ask(commit('short'), done);
    await session.settle();
    session.send(append(tone(300)));
    let start = session.events.length;
    const firstDone = await session.ask(commit('first'), done);
    const first = session.events.slice(start);
    const emptyAgain = await session.ask(commit('again'), done);
    session.send(append(silence(250)));
    start = session.events.length;
    await session.ask(commit('second'), done);
    const second = session.events.slice(start);
    const afterwards = await session.settle();
    const retrieved = await session.ask(
      {
        type: 'conversation.item.retrieve',
        event_id: 'retrieve',
        item_id: at(firstDone, 'item.id') ?? 'item_none',
      },
      'conversation.item.retrieved',
    );
    return {
      afterAppend,
      cleared,
      cleanCommit,
      shortCommit,
      first,
      emptyAgain,
      second,
      afterwards,
      retrieved,
    };
  },
  assertions: [
    {
      id: 'input-audio-buffer.append.no-reply',
      statement: 'an append is not acknowledged',
      reference: APPEND,
      check: ({ afterAppend }) => expectIs({ count: afterAppend.length }, 'count', 0),
    },
    {
      id: 'input-audio-buffer.clear.cleared',
      statement: 'a clear is answered with input_audio_buffer.cleared and an event_id',
      reference: CLEAR,
      check: ({ cleared }) => {
        expectIs(cleared, 'type', 'input_audio_buffer.cleared');
        expectMatch(cleared, 'event_id', /^event_.+/);
      },
    },
    {
      id: 'input-audio-buffer.clear.empty',
      statement: 'after a clear there is nothing to commit',
      reference: CLEAR,
      check: ({ cleanCommit }) =>
        expectIs(cleanCommit, 'error.code', 'input_audio_buffer_commit_empty'),
    },
    {
      id: 'input-audio-buffer.commit.short',
      statement: 'less than 100 ms are not committed',
      reference: COMMIT,
      check: ({ shortCommit }) =>
        expectIs(shortCommit, 'error.code', 'input_audio_buffer_commit_empty'),
    },
    {
      id: 'input-audio-buffer.commit.short-says-how-much',
      statement: 'the refused commit says how many milliseconds there were',
      reference: COMMIT,
      check: ({ shortCommit }) => expectMatch(shortCommit, 'error.message', /\b50(\.\d+)?ms/),
    },
    {
      id: 'input-audio-buffer.commit.order',
      statement: "a commit brings committed, then the item's added, then its done",
      reference: COMMITTED,
      check: ({ first }) =>
        expectOrder(first, [
          'input_audio_buffer.committed',
          'conversation.item.added',
          'conversation.item.done',
        ]),
    },
    {
      id: 'input-audio-buffer.commit.once',
      statement: 'a commit brings one item',
      reference: COMMITTED,
      check: ({ first }) => {
        onlyOf(first, 'input_audio_buffer.committed');
        onlyOf(first, 'conversation.item.added');
        onlyOf(first, 'conversation.item.done');
      },
    },
    {
      id: 'input-audio-buffer.commit.item-id',
      statement: 'committed, added and done name the same item',
      reference: COMMITTED,
      check: ({ first }) => {
        const committed = firstOf(first, 'input_audio_buffer.committed');
        expectMatch(committed, 'item_id', /./);
        const id = at(committed, 'item_id');
        expectIs(firstOf(first, 'conversation.item.added'), 'item.id', id);
        expectIs(firstOf(first, 'conversation.item.done'), 'item.id', id);
      },
    },
    {
      id: 'input-audio-buffer.commit.first-previous',
      statement: 'the first item has no predecessor: previous_item_id is null',
      reference: COMMITTED,
      check: ({ first }) =>
        expectIs(firstOf(first, 'input_audio_buffer.committed'), 'previous_item_id', null),
    },
    {
      id: 'input-audio-buffer.commit.item-role',
      statement: 'the item is a completed message of the user',
      reference: 'Server events, conversation.item.done',
      check: ({ first }) => {
        const done = firstOf(first, 'conversation.item.done');
        expectIs(done, 'item.type', 'message');
        expectIs(done, 'item.role', 'user');
        expectIs(done, 'item.status', 'completed');
      },
    },
    {
      id: 'input-audio-buffer.commit.item-content',
      statement: 'its content is one input_audio whose transcript is null',
      reference: 'Server events, conversation.item.done',
      check: ({ first }) => {
        const done = firstOf(first, 'conversation.item.done');
        expectIs(done, 'item.content.length', 1);
        expectIs(done, 'item.content[0].type', 'input_audio');
        expectIs(done, 'item.content[0].transcript', null);
      },
    },
    {
      id: 'input-audio-buffer.commit.no-audio',
      statement: 'the item comes without its audio',
      reference: 'Server events, conversation.item.done',
      check: ({ first }) => {
        expectIs(firstOf(first, 'conversation.item.done'), 'item.content[0].type', 'input_audio');
        expectAbsent(firstOf(first, 'conversation.item.added'), 'item.content[0].audio');
        expectAbsent(firstOf(first, 'conversation.item.done'), 'item.content[0].audio');
      },
    },
    {
      id: 'input-audio-buffer.commit.empties',
      statement: 'a commit empties the buffer',
      reference: COMMIT,
      check: ({ emptyAgain }) =>
        expectIs(emptyAgain, 'error.code', 'input_audio_buffer_commit_empty'),
    },
    {
      id: 'input-audio-buffer.commit.silence',
      statement: 'silence can be committed too',
      reference: COMMIT,
      check: ({ second }) =>
        expectIs(firstOf(second, 'conversation.item.done'), 'item.role', 'user'),
    },
    {
      id: 'input-audio-buffer.commit.second-previous',
      statement: "the second item's predecessor is the first",
      reference: COMMITTED,
      check: ({ first, second }) => {
        const id = at(firstOf(first, 'input_audio_buffer.committed'), 'item_id');
        expectIs(firstOf(second, 'input_audio_buffer.committed'), 'previous_item_id', id);
        expectIs(firstOf(second, 'conversation.item.added'), 'previous_item_id', id);
      },
    },
    {
      id: 'input-audio-buffer.commit.no-response',
      statement: "the client's commit starts no response",
      reference: COMMIT,
      check: ({ second, afterwards }) => {
        firstOf(second, 'input_audio_buffer.committed');
        expectNone(afterwards, /^response\./);
      },
    },
    {
      id: 'input-audio-buffer.retrieve.audio',
      statement: 'a retrieved item comes with its audio in base64',
      reference: 'Client events, conversation.item.retrieve',
      check: ({ retrieved }) => {
        expectIs(retrieved, 'type', 'conversation.item.retrieved');
        const bytes = bytesOfBase64(at(retrieved, 'item.content[0].audio'));
        expectThat((bytes?.length ?? 0) > 0, 'audio in base64', {
          got: at(retrieved, 'item.content[0].type'),
        });
      },
    },
    {
      id: 'input-audio-buffer.retrieve.length',
      statement: 'the audio of a retrieved item is as long as what was committed',
      reference: 'Client events, conversation.item.retrieve',
      check: ({ retrieved }) => {
        const bytes = bytesOfBase64(at(retrieved, 'item.content[0].audio'));
        const lengthMs = (bytes?.length ?? 0) / 48;
        expectThat(Math.abs(lengthMs - 300) <= 30, '300 ms of PCM at 24 kHz', { got: lengthMs });
      },
    },
  ],
});

interface G711Facts {
  readonly short: WireEvent;
  readonly long: WireEvent;
  readonly change: WireEvent;
}

const g711Assertions: readonly Assertion<G711Facts>[] = [
  {
    id: 'input-audio-buffer.g711.short',
    statement: 'G.711 has 8 bytes per millisecond: 480 bytes are too short to commit',
    reference: APPEND,
    check: ({ short }) => expectIs(short, 'error.code', 'input_audio_buffer_commit_empty'),
  },
  {
    id: 'input-audio-buffer.g711.long',
    statement: 'G.711 has 8 bytes per millisecond: 1600 bytes can be committed',
    reference: APPEND,
    check: ({ long }) => expectIs(long, 'type', 'input_audio_buffer.committed'),
  },
  {
    id: 'input-audio-buffer.g711.format-fixed',
    statement: 'the input format cannot change once audio was appended',
    reference: 'Session object, audio.input.format',
    check: ({ change }) => expectIs(change, 'type', 'error'),
  },
];

const g711 = defineExchange<G711Facts>({
  name: 'the input buffer in G.711',
  group: 'input-audio-buffer',
  needs: ['audio-events', 'g711'],
  observe: async (stage) => {
    const session = await stage.openQuiet({
      audio: { input: { format: { type: 'audio/pcmu' }, turn_detection: null } },
    });
    const bytes = (count: number): WireEvent => ({
      type: 'input_audio_buffer.append',
      audio: Buffer.alloc(count, 0xff).toString('base64'),
    });
    session.send(bytes(480));
    const short = await session.ask(commit('short'), 'input_audio_buffer.committed');
    await session.settle();
    session.send(bytes(1_600));
    const long = await session.ask(commit('long'), 'input_audio_buffer.committed');
    const format = { type: 'audio/pcm', rate: 24_000 };
    const change = await session.ask(
      {
        type: 'session.update',
        event_id: 'change',
        session: { type: 'realtime', audio: { input: { format } } },
      },
      'session.updated',
    );
    return { short, long, change };
  },
  assertions: g711Assertions,
});

interface SplitFacts {
  readonly retrieved: WireEvent;
}

const split = defineExchange<SplitFacts>({
  name: 'appends of odd sizes',
  group: 'input-audio-buffer',
  needs: ['audio-events'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const whole = Buffer.from(base64Of(tone(200)), 'base64');
    for (const [from, to] of [
      [0, 1_001],
      [1_001, 4_002],
      [4_002, whole.length],
    ] as const) {
      const audio = whole.subarray(from, to).toString('base64');
      session.send({ type: 'input_audio_buffer.append', audio });
    }
    const done = await session.demand(commit('split'), 'conversation.item.done');
    const retrieved = await session.demand(
      { type: 'conversation.item.retrieve', item_id: at(done, 'item.id') },
      'conversation.item.retrieved',
    );
    return { retrieved };
  },
  assertions: [
    {
      id: 'input-audio-buffer.append.any-size',
      statement: 'appends may have any size; together they are what was sent',
      reference: APPEND,
      check: ({ retrieved }) => {
        const bytes = bytesOfBase64(at(retrieved, 'item.content[0].audio'));
        const facts = { lengthMs: (bytes?.length ?? 0) / 48 };
        expectThat(Math.abs(numberAt(facts, 'lengthMs') - 200) <= 20, '200 ms of audio', {
          got: facts.lengthMs,
        });
      },
    },
  ],
});

/** Audio that comes in, under the client's control. */
export const INPUT_AUDIO_BUFFER_EXCHANGES: readonly Exchange[] = [buffer, g711, split];
