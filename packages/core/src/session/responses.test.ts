import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SessionBench, serverEvent } from '../testing/index.ts';

const ACTIVE = 'conversation_already_has_active_response';

function creates(bench: SessionBench): unknown[] {
  return bench.toUpstream
    .filter((event) => event['type'] === 'response.create')
    .map((event) => event['event_id']);
}

function errors(bench: SessionBench): unknown[][] {
  return bench.toController.flatMap((event) => {
    const error = event['error'] as Record<string, unknown> | undefined;
    return error === undefined ? [] : [[error['code'], error['event_id']]];
  });
}

function refuse(bench: SessionBench, eventId: unknown, code: string): void {
  bench.post(
    serverEvent({
      type: 'error',
      error: { type: 'invalid_request_error', code, message: 'x', param: null, event_id: eventId },
    }),
  );
}

function speechStopped(bench: SessionBench): void {
  bench.post(
    serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_u', audio_end_ms: 9 }),
  );
}

suite('response sequencer', () => {
  test('[RSQ1] a create goes at once, unchanged, when nothing is in its way', () => {
    const bench = SessionBench.live();
    const event = { type: 'response.create', event_id: 'a', response: { metadata: { k: 'v' } } };
    bench.client(event);
    assert.deepEqual(bench.toUpstream, [event]);
  });

  test('[RSQ2] one that comes while a response is requested or active goes when that is done', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'response.create', event_id: 'a' });
    bench.client({ type: 'response.create', event_id: 'b', response: { instructions: 'x' } });
    assert.deepEqual(creates(bench), ['a']);
    bench.responseCreated();
    bench.client({ type: 'response.create', event_id: 'c', response: { instructions: 'y' } });
    assert.deepEqual(creates(bench), ['a']);
    bench.responseDone();
    assert.deepEqual(creates(bench), ['a', 'b']);
    bench.responseCreated('resp_2');
    bench.responseDone('resp_2');
    assert.deepEqual(creates(bench), ['a', 'b', 'c']);
    assert.deepEqual(errors(bench), []);
  });

  test('[RSQ3] plain creates that wait one after the other become one', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    for (const eventId of ['a', 'b', 'c'])
      bench.client({ type: 'response.create', event_id: eventId, response: {} });
    bench.responseDone();
    bench.responseCreated('resp_2');
    bench.responseDone('resp_2');
    assert.deepEqual(creates(bench), ['a']);
  });

  test('[RSQ4] a response outside of the conversation neither waits nor is waited for', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.client({ type: 'response.create', event_id: 'o', response: { conversation: 'none' } });
    bench.post(
      serverEvent({
        type: 'response.created',
        response: { id: 'resp_o', status: 'in_progress', conversation_id: null },
      }),
    );
    bench.responseDone();
    bench.client({ type: 'response.create', event_id: 'a' });
    assert.deepEqual(creates(bench), ['o', 'a']);
  });

  test('[RSQ5] an answered turn answers the plain creates that waited for it', () => {
    const bench = SessionBench.live();
    bench.speechStarted();
    speechStopped(bench);
    bench.client({ type: 'response.create', event_id: 'a' });
    bench.client({ type: 'response.create', event_id: 'b', response: { instructions: 'x' } });
    assert.deepEqual(creates(bench), []);
    bench.responseCreated();
    bench.responseDone();
    assert.deepEqual(creates(bench), ['b']);
  });

  test('[RSQ5] what waits while somebody speaks does not talk into their turn', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.client({ type: 'response.create', event_id: 'a' });
    bench.speechStarted();
    bench.responseDone();
    assert.deepEqual(creates(bench), []);
    speechStopped(bench);
    bench.responseCreated('resp_2');
    bench.responseDone('resp_2');
    assert.deepEqual(creates(bench), []);
  });

  test('[RSQ6] an answer that does not come is waited for one second', () => {
    const bench = SessionBench.live();
    bench.speechStarted();
    speechStopped(bench);
    bench.client({ type: 'response.create', event_id: 'a' });
    bench.advance(999);
    assert.deepEqual(creates(bench), []);
    bench.advance(1);
    assert.deepEqual(creates(bench), ['a']);
    assert.equal(bench.session.deadline(), undefined);
  });

  test('[RSQ7] a race that the upstream refuses is tried again, and told only when it stays in the way', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'response.create', event_id: 'a' });
    bench.responseCreated('resp_vad');
    refuse(bench, 'a', ACTIVE);
    assert.deepEqual(errors(bench), []);
    bench.responseDone('resp_vad');
    assert.deepEqual(creates(bench), ['a', 'a']);
    for (let count = 0; count < 4; count += 1) {
      refuse(bench, 'a', ACTIVE);
      bench.advance(1_000);
    }
    assert.equal(creates(bench).length, 5);
    assert.deepEqual(errors(bench), [[ACTIVE, 'a']]);
  });

  test('[RSQ7] a race that is refused without naming the create is tried again all the same', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'response.create', event_id: 'a' });
    refuse(bench, null, ACTIVE);
    assert.deepEqual(errors(bench), []);
    bench.advance(1_000);
    assert.deepEqual(creates(bench), ['a', 'a']);
    refuse(bench, null, 'invalid_value');
    assert.deepEqual(errors(bench), [['invalid_value', null]]);
  });

  test('[RSQ12] a create that is neither answered nor refused holds the next one up for ten seconds', () => {
    const bench = SessionBench.live();
    for (const eventId of ['a', 'b', 'c'])
      bench.client({ type: 'response.create', event_id: eventId, response: { instructions: 'x' } });
    bench.advance(9_999);
    assert.deepEqual(creates(bench), ['a']);
    bench.advance(1);
    assert.deepEqual(creates(bench), ['a', 'b']);
    bench.responseCreated();
    bench.advance(60_000);
    assert.deepEqual(creates(bench), ['a', 'b']);
    bench.responseDone();
    assert.deepEqual(creates(bench), ['a', 'b', 'c']);
  });

  test('[RSQ8] errors carry the event_id that the client wrote, or none', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'response.create', response: { metadata: { k: 'v' } } });
    const [sent] = creates(bench);
    assert.equal(typeof sent, 'string');
    refuse(bench, sent, 'invalid_value');
    bench.client({ type: 'response.create', event_id: 'mine' });
    refuse(bench, 'mine', 'invalid_value');
    assert.deepEqual(errors(bench), [
      ['invalid_value', null],
      ['invalid_value', 'mine'],
    ]);
    bench.client({ type: 'response.create', event_id: 'next' });
    assert.deepEqual(creates(bench).slice(2), ['next']);
  });

  test('[RSQ9] a cancel takes back what waits, and says so; a full queue refuses', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    const ask = (eventId: string): void =>
      bench.client({ type: 'response.create', event_id: eventId, response: { instructions: 'x' } });
    for (let count = 0; count < 17; count += 1) ask(`c${count}`);
    assert.deepEqual(errors(bench), [['response_queue_full', 'c16']]);
    bench.client({ type: 'response.cancel' });
    assert.equal(errors(bench).filter(([code]) => code === 'response_dropped').length, 16);
    ask('after');
    bench.responseDone();
    assert.deepEqual(creates(bench), ['after']);
  });

  test('[RSQ11] a create in a shape that Prism does not know waits for its turn like any other', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    const unknown = { output_modalities: ['smell'] };
    bench.client({ type: 'response.create', event_id: 'odd', response: unknown });
    bench.client({ type: 'response.create', event_id: 'long'.repeat(200), response: unknown });
    bench.client({ type: 'response.create', event_id: 7, response: 'x' });
    const outside = { conversation: 'none', output_modalities: ['smell'] };
    bench.client({ type: 'response.create', event_id: 'o', response: outside });
    assert.deepEqual(creates(bench), ['o']);
    bench.responseDone();
    assert.deepEqual(creates(bench), ['o', 'odd']);
    refuse(bench, 'odd', 'invalid_value');
    const long = creates(bench)[2];
    assert.match(String(long), /^event_/);
    refuse(bench, long, 'invalid_value');
    const number = creates(bench)[3];
    assert.match(String(number), /^event_/);
    refuse(bench, number, 'invalid_value');
    assert.deepEqual(errors(bench), [
      ['invalid_value', 'odd'],
      ['invalid_value', 'long'.repeat(200)],
      ['invalid_value', null],
    ]);
  });

  test('[RSQ10] errors about events of Prism itself are counted, and nobody is told', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(new Int16Array(48_000));
    bench.slots(3);
    bench.client({ type: 'output_audio_buffer.clear' });
    for (const event of bench.toUpstream) refuse(bench, event['event_id'], 'invalid_value');
    assert.ok(bench.toUpstream.length >= 2);
    assert.deepEqual(errors(bench), []);
    assert.equal(
      bench.facts.filter((fact) => fact.type === 'upstream.own_event_refused').length,
      bench.toUpstream.length,
    );
  });
});

/** A seeded source of numbers (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** An upstream that takes its input late, answers late, makes responses to turns, and has one at a time. */
class SlowUpstream {
  readonly #bench: SessionBench;
  #readCount = 0;
  #responseCount = 0;
  #activeId: string | undefined;
  refusedCreates = 0;
  startedFor: unknown[] = [];
  readonly itemIds = new Set<unknown>();
  readonly toolResults: unknown[] = [];

  constructor(bench: SessionBench) {
    this.#bench = bench;
  }

  get isIdle(): boolean {
    return this.#activeId === undefined && this.#readCount === this.#bench.toUpstream.length;
  }

  get isActive(): boolean {
    return this.#activeId !== undefined;
  }

  /** Takes the next event, if there is one. */
  read(): void {
    const event = this.#bench.toUpstream[this.#readCount];
    if (event === undefined) return;
    this.#readCount += 1;
    if (event['type'] === 'response.create') this.#create(event['event_id']);
    else if (event['type'] === 'response.cancel') this.finish();
    else if (event['type'] === 'conversation.item.create') this.toolResults.push(event['event_id']);
  }

  /** A turn of the user, from its first word to the response. */
  speak(): void {
    this.#bench.speechStarted();
    this.finish();
    speechStopped(this.#bench);
    this.#start('turn');
  }

  finish(): void {
    const id = this.#activeId;
    if (id === undefined) return;
    this.#activeId = undefined;
    this.#bench.responseDone(id);
  }

  #create(eventId: unknown): void {
    if (this.#activeId === undefined) {
      this.#start(eventId);
      return;
    }
    this.refusedCreates += 1;
    refuse(this.#bench, eventId, ACTIVE);
  }

  #start(cause: unknown): void {
    this.#responseCount += 1;
    this.#activeId = `resp_${this.#responseCount}`;
    this.startedFor.push(cause);
    this.#bench.responseCreated(this.#activeId);
  }
}

/** What became of each create: its own response, or an error with its id, or a response for several. */
function settleInterleaving(seed: number): { readonly refusedCreates: number } {
  const pick = numbers(seed);
  const bench = SessionBench.live();
  const sideband = controllerIdFromCount(2);
  bench.post({ type: 'controller.opened', controllerId: sideband, role: 'sideband' });
  const upstream = new SlowUpstream(bench);
  const asked: string[] = [];
  const results: string[] = [];
  const actions = [
    () => {
      const eventId = `own_${asked.length}`;
      asked.push(eventId);
      const response = { instructions: 'x' };
      const controllerId = pick(2) === 0 ? undefined : sideband;
      bench.client({ type: 'response.create', event_id: eventId, response }, controllerId);
    },
    () => {
      const eventId = `tool_${results.length}`;
      results.push(eventId);
      const item = { type: 'function_call_output', call_id: 'c', output: '{}' };
      bench.client({ type: 'conversation.item.create', event_id: eventId, item });
      bench.client({ type: 'response.create' });
    },
    () => bench.client({ type: 'response.cancel' }),
    () => upstream.speak(),
    () => upstream.read(),
    () => upstream.read(),
    () => upstream.finish(),
    () => bench.advance(pick(400)),
  ];
  for (let step = 0; step < 40; step += 1) actions[pick(actions.length)]?.();
  for (let step = 0; step < 200; step += 1) {
    if (upstream.isIdle) bench.advance(1_000);
    upstream.read();
    upstream.finish();
  }
  assert.equal(bench.session.describe()['responsesWaiting'], 0, `seed ${seed}`);
  assert.deepEqual(upstream.toolResults, results, `seed ${seed}: tool results`);
  const told = new Set(errors(bench).map(([, eventId]) => eventId));
  for (const eventId of asked) {
    const isAnswered = upstream.startedFor.includes(eventId);
    assert.ok(isAnswered || told.has(eventId), `seed ${seed}: ${eventId} is lost`);
  }
  assert.ok(!errors(bench).some(([code]) => code === ACTIVE), `seed ${seed}: a race was told`);
  return { refusedCreates: upstream.refusedCreates };
}

suite('a thousand interleavings', () => {
  test('[RSQ2] [RSQ7] no create, tool result or cancel is lost, and no race is told', () => {
    let refusedCreates = 0;
    for (let seed = 1; seed <= 1_000; seed += 1)
      refusedCreates += settleInterleaving(seed).refusedCreates;
    // Only a create that crosses the upstream's own response on the wire meets it there.
    assert.ok(refusedCreates < 1_000, `${refusedCreates} of 1,000 conversations`);
  });
});
