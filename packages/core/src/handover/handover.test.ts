import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount, NO_LIMITS } from '@prism/protocol';
import { conversation, recordOf } from '../testing/handover-bench.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';
import { Dice } from '../testing/world/dice.ts';
import { boundedRecord, type ConversationRecord } from './conversation-record.ts';
import { seedItemsOf, UNKNOWN_OUTCOME, UNKNOWN_WORDS } from './seed-items.ts';

const CONVERSATION_COUNT = 300;
const TURN_COUNT_MAX = 12;

const EMPTY: ConversationRecord = {
  version: 1,
  entries: [],
  omittedEntries: 0,
  config: { type: 'realtime' },
  limits: NO_LIMITS,
  isAnswerDue: false,
  isClientAware: true,
  history: [],
};

/** What the upstream knows of its conversation: the text of each item by its place. */
class UpstreamConversation {
  readonly items: Record<string, unknown>[] = [];

  take(event: Record<string, unknown>): void {
    if (event['type'] === 'conversation.item.create')
      this.items.push(event['item'] as Record<string, unknown>);
  }
}

/** Items of one kind after the other, each as an upstream tells of it. */
const TURNS: readonly ((bench: SessionBench, id: string, dice: Dice) => void)[] = [
  function userSpeaks(bench, id) {
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id, type: 'message', role: 'user', status: 'completed', content };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    const type = 'conversation.item.input_audio_transcription.completed';
    const transcript = `said in ${id}`;
    bench.post(serverEvent({ type, item_id: id, content_index: 0, transcript }));
  },
  function userIsNotUnderstood(bench, id) {
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id, type: 'message', role: 'user', status: 'completed', content };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    const error = { type: 'server_error', code: 'x', message: 'No.' };
    const type = 'conversation.item.input_audio_transcription.failed';
    bench.post(serverEvent({ type, item_id: id, content_index: 0, error }));
  },
  function userWrites(bench, id) {
    const content = [{ type: 'input_text', text: `written in ${id}` }];
    const item = { id, type: 'message', role: 'user', status: 'completed', content };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
  },
  function assistantAnswers(bench, id, dice) {
    const responseId = `resp_${id}`;
    const part = { response_id: responseId, item_id: id, output_index: 0, content_index: 0 };
    const item = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    bench.responseCreated(responseId);
    bench.post(serverEvent({ type: 'response.output_item.added', ...part, item }));
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    const transcript = 'one two three four five six';
    const delta = 'response.output_audio_transcript.delta';
    bench.post(serverEvent({ type: delta, ...part, delta: transcript }));
    bench.answer(speech(100, 6_000), responseId, id);
    bench.post(serverEvent({ type: 'response.output_audio.done', ...part }));
    const done = 'response.output_audio_transcript.done';
    bench.post(serverEvent({ type: done, ...part, transcript }));
    const complete = { ...item, status: 'completed' };
    bench.post(serverEvent({ type: 'conversation.item.done', item: complete }));
    bench.responseDone(responseId);
    bench.slots(dice.chance(0.5) ? 200 : dice.between(1, 80));
    if (bench.session.wantsSlots) bench.client({ type: 'output_audio_buffer.clear' });
  },
  function toolIsCalled(bench, id, dice) {
    const call = { id, type: 'function_call', call_id: `call_${id}`, name: 'weather' };
    const item = { ...call, status: 'in_progress', arguments: '' };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    const complete = { ...call, status: 'completed', arguments: `{"place":"${id}"}` };
    bench.post(serverEvent({ type: 'conversation.item.done', item: complete }));
    if (dice.chance(0.2)) return;
    const output = { type: 'function_call_output', call_id: `call_${id}`, output: `out ${id}` };
    bench.post(
      serverEvent({ type: 'conversation.item.added', item: { id: `o_${id}`, ...output } }),
    );
  },
  function systemWrites(bench, id) {
    const content = [{ type: 'input_text', text: `system ${id}` }];
    const item = { id, type: 'message', role: 'system', content };
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
  },
];

/** Lets the client move, and answers every cancel as an upstream does. */
function moved(bench: SessionBench): ConversationRecord {
  bench.client({ type: 'prism.session.move' });
  for (const event of bench.toUpstream) {
    if (event['type'] !== 'response.cancel') continue;
    const response = { id: String(event['response_id']), status: 'cancelled' };
    bench.post(serverEvent({ type: 'response.done', response }));
  }
  bench.advance(1_000);
  return recordOf(bench);
}

/** A session in another process that goes on with a record; its upstream is there and configured. */
function goesOn(record: ConversationRecord): {
  readonly bench: SessionBench;
  readonly upstream: UpstreamConversation;
} {
  const bench = new SessionBench({
    canMove: true,
    restored: record,
    initialSession: record.config,
  });
  const upstream = new UpstreamConversation();
  bench.post({ type: 'upstream.ready' });
  const session = { audio: { input: { transcription: { model: 'whisper-1' } } } };
  bench.post(serverEvent({ type: 'session.created', session }));
  bench.post(serverEvent({ type: 'session.updated', session }));
  for (const event of bench.toUpstream) upstream.take(event);
  for (const item of upstream.items) {
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    bench.post(serverEvent({ type: 'conversation.item.done', item }));
  }
  return { bench, upstream };
}

function idOf(text = '{}'): string {
  const event = JSON.parse(text) as Record<string, unknown>;
  return String(event['event_id']);
}

/** The bench's upstream gives all its events one id; whoever is told again needs ids that differ. */
function distinct(record: ConversationRecord): ConversationRecord {
  const history = record.history.map((text, index) => text.replace('event_up', `up_${index}`));
  return { ...record, history };
}

function converse(seed: number): SessionBench {
  const dice = new Dice(seed);
  const bench = conversation();
  const turnCount = dice.between(0, TURN_COUNT_MAX);
  for (let turn = 0; turn < turnCount; turn += 1)
    dice.pick(TURNS)?.(bench, `item_${seed}_${turn}`, dice);
  return bench;
}

suite('handing a conversation over', () => {
  test('[HND1] [HND2] what was exported is what the next upstream has, and is exported again', () => {
    let itemCount = 0;
    for (let seed = 1; seed <= CONVERSATION_COUNT; seed += 1) {
      const record = moved(converse(seed));
      const { bench, upstream } = goesOn(record);
      assert.deepEqual(upstream.items, seedItemsOf(record, new Set()), `seed ${seed}`);
      itemCount += upstream.items.length;
      bench.post({ type: 'media.connected' });
      bench.controllerOpens();
      const again = moved(bench);
      assert.deepEqual(again.entries, record.entries, `seed ${seed}`);
      assert.equal(again.omittedEntries, record.omittedEntries);
    }
    assert.ok(itemCount > CONVERSATION_COUNT);
  });

  test('[HND3] nobody is told of the items that the next upstream is given', () => {
    const record = distinct(moved(converse(11)));
    assert.ok(record.entries.length > 3);
    const { bench } = goesOn(record);
    const controllerId = controllerIdFromCount(1);
    const lastEventId = idOf(record.history.at(-1));
    bench.post({ type: 'media.connected' });
    bench.post({ type: 'controller.opened', controllerId, role: 'client', lastEventId });
    assert.deepEqual(bench.toControllerTypes, ['prism.session.resumed']);
    const [resumed] = bench.toController;
    assert.deepEqual([resumed?.['is_complete'], resumed?.['continues']], [true, 'conversation']);
  });

  test('[HND4] the client is told what it missed of the process before, once', () => {
    const record = distinct(moved(converse(11)));
    const { bench } = goesOn(record);
    const at = record.history.length - 3;
    const lastEventId = idOf(record.history[at]);
    const controllerId = controllerIdFromCount(1);
    bench.post({ type: 'media.connected' });
    bench.post({ type: 'controller.opened', controllerId, role: 'client', lastEventId });
    const told = bench.effects.flatMap((effect) =>
      effect.type === 'controller.send' ? [effect.text] : [],
    );
    assert.deepEqual(told.slice(1), record.history.slice(at + 1));
    bench.effects.length = 0;
    bench.post({ type: 'controller.closed', controllerId });
    const again = controllerIdFromCount(2);
    bench.post({ type: 'controller.opened', controllerId: again, role: 'client', lastEventId });
    assert.equal(bench.toController[0]?.['continues'], 'session');
  });

  test('[HND5] an answer in the middle is heard as far as it was, and its rest is asked for', () => {
    const bench = conversation();
    const part = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };
    const item = { id: 'item_1', type: 'message', role: 'assistant', status: 'in_progress' };
    bench.responseCreated();
    bench.post(serverEvent({ type: 'response.output_item.added', ...part, item }));
    bench.post(serverEvent({ type: 'conversation.item.added', item }));
    const delta = 'one two three four five six seven eight nine ten';
    const type = 'response.output_audio_transcript.delta';
    bench.post(serverEvent({ type, ...part, delta }));
    bench.answer(speech(250, 6_000));
    bench.slots(100);
    const record = moved(bench);
    const [entry] = record.entries;
    assert.equal(record.isAnswerDue, true);
    assert.equal(entry?.status, 'cut');
    assert.ok(delta.startsWith(entry?.text ?? 'nothing') && entry?.text !== '', entry?.text);
    const { upstream, bench: next } = goesOn(record);
    assert.deepEqual(upstream.items[0], {
      id: 'item_1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: entry?.text }],
    });
    assert.equal(upstream.items[1]?.['role'], 'system');
    assert.equal(next.toUpstream.at(-1)?.['type'], 'response.create');
  });

  test('[HND6] a record is kept within its bound: the newest items first, then the newest events', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const dice = new Dice(seed);
      const entries = Array.from({ length: dice.between(0, 60) }, (_, index) => ({
        itemId: `item_${index}`,
        role: 'user' as const,
        text: 'word '.repeat(dice.between(0, 40)),
        status: 'final' as const,
        isTold: true,
      }));
      const history = Array.from({ length: dice.between(0, 60) }, (_, index) => `{"n":${index}}`);
      const record = { ...EMPTY, entries, history };
      const charsMax = dice.between(500, 8_000);
      const bounded = boundedRecord(record, charsMax);
      assert.ok(JSON.stringify(bounded).length <= charsMax, `seed ${seed}`);
      const { length } = bounded.entries;
      assert.deepEqual(bounded.entries, entries.slice(entries.length - length));
      assert.equal(bounded.omittedEntries, entries.length - length);
      assert.deepEqual(bounded.history, history.slice(history.length - bounded.history.length));
      if (JSON.stringify(record).length <= charsMax) assert.deepEqual(bounded, record);
    }
  });

  test('[HND7] words that nobody knows have their place, and a tool that was cut off an output', () => {
    const call = { type: 'function_call', call_id: 'c1', name: 'pay', arguments: '{}' } as const;
    const entry = { itemId: 'a', role: 'user', text: '', status: 'missing', isTold: true } as const;
    const other = { itemId: 'b', role: 'other', text: '', status: 'final', isTold: true } as const;
    const entries = [entry, { ...other, item: call }];
    assert.deepEqual(
      seedItemsOf({ entries }, new Set(['pay'])).map(({ content, output }) => content ?? output),
      [[{ type: 'input_text', text: UNKNOWN_WORDS }], undefined, UNKNOWN_OUTCOME],
    );
    // A tool of the client's is answered by the client, when it is back.
    assert.equal(seedItemsOf({ entries }, new Set()).length, 2);
  });

  test('[HND8] what is left of the limits goes along', () => {
    const limits = { ...NO_LIMITS, sessionMs: 60_000, audioMs: 50_000 };
    const bench = SessionBench.live({
      canMove: true,
      access: {
        keyId: 'k',
        tokenId: undefined,
        user: 'u',
        agent: undefined,
        policy: {
          preset: 'open',
          allowedClientEvents: undefined,
          allowedServerEvents: undefined,
          ownedFields: [],
        },
        limits,
      },
    });
    bench.nowMs = 20_000;
    bench.post({ type: 'media.audio', pcm: new Int16Array(24_000) });
    const record = moved(bench);
    assert.deepEqual([record.limits.sessionMs, record.limits.audioMs], [40_000, 49_000]);
  });

  test('[HND9] what the session is configured with goes along, and nothing that was refused', () => {
    const bench = SessionBench.live({
      canMove: true,
      initialSession: { type: 'realtime', instructions: 'Be brief.' },
    });
    const session = { type: 'realtime', instructions: 'Be brief.' };
    bench.post(serverEvent({ type: 'session.created', session }));
    bench.post(serverEvent({ type: 'session.updated', session }));
    const update = (eventId: string, audio: object): void =>
      bench.client({
        type: 'session.update',
        event_id: eventId,
        session: { type: 'realtime', audio },
      });
    update('e1', { output: { voice: 'cedar' } });
    update('e2', { output: { voice: 'nobody' } });
    update('e3', { input: { turn_detection: null } });
    bench.post(serverEvent({ type: 'session.updated', session }));
    const error = { type: 'invalid_request_error', message: 'No.', event_id: 'e2' };
    bench.post(serverEvent({ type: 'error', error }));
    bench.post(serverEvent({ type: 'session.updated', session }));
    assert.deepEqual(moved(bench).config, {
      type: 'realtime',
      instructions: 'Be brief.',
      audio: { output: { voice: 'cedar' }, input: { turn_detection: null } },
    });
  });

  test('[HND10] events that come while it moves are refused, audio is left out', () => {
    const bench = conversation();
    bench.responseCreated();
    bench.post({ type: 'drain.over' });
    bench.effects.length = 0;
    bench.client({ type: 'response.create', event_id: 'late' });
    bench.post({ type: 'media.audio', pcm: new Int16Array(480) });
    const [told] = bench.toController;
    const error = told?.['error'] as Record<string, unknown>;
    assert.deepEqual([error['code'], error['event_id']], ['server_draining', 'late']);
    assert.deepEqual(bench.toUpstream, []);
    assert.equal(
      bench.effects.some(({ type }) => type === 'upstream.append'),
      false,
    );
  });

  test('[HND10] who asked to move is acknowledged nothing that came after, and so sends it again', () => {
    const bench = conversation();
    bench.client({ type: 'input_audio_buffer.clear', event_id: 'first' });
    bench.responseCreated();
    bench.client({ type: 'prism.session.move', event_id: 'move' });
    bench.effects.length = 0;
    bench.client({ type: 'response.create', event_id: 'late' });
    assert.deepEqual(bench.toController, []);
    bench.responseDone();
    const record = recordOf(bench);
    assert.equal(record.lastClientEventId, 'move');
    const { bench: next } = goesOn(distinct(record));
    const controllerId = controllerIdFromCount(1);
    const lastEventId = idOf(distinct(record).history.at(-1));
    next.post({ type: 'media.connected' });
    next.post({ type: 'controller.opened', controllerId, role: 'client', lastEventId });
    assert.equal(next.toController[0]?.['last_client_event_id'], 'move');
  });
});
