import assert from 'node:assert/strict';
import test from 'node:test';
import { callAnswer, FakePage, settle } from '@prism/client/testing';
import { type CallOptions, CallStore } from './call-store.ts';
import type { PageClock } from './page-clock.ts';

/** Timers that run when the test says so. */
class ManualClock implements PageClock {
  readonly frames = new Set<() => void>();
  readonly intervals = new Set<() => void>();

  readonly every = (callback: () => void): (() => void) => {
    this.intervals.add(callback);
    return () => this.intervals.delete(callback);
  };

  readonly everyFrame = (callback: () => void): (() => void) => {
    this.frames.add(callback);
    return () => this.frames.delete(callback);
  };
}

class Bench {
  readonly page = new FakePage();
  readonly clock = new ManualClock();
  readonly store: CallStore;

  constructor(options: Partial<CallOptions> = {}) {
    this.store = new CallStore(
      { url: 'http://prism.test', ...options },
      { environment: this.page.environment, clock: this.clock },
    );
  }

  async goLive(): Promise<void> {
    const connected = this.store.connect();
    await settle();
    this.page.call.sink.onLive('webrtc');
    this.page.call.receive({ type: 'session.created', event_id: 'e1', session: { id: 's1' } });
    await connected;
  }
}

test('[RCT1] a call goes from idle over connecting to live and ends, with the session while it lives', async () => {
  const { store, page } = new Bench();
  const seen: string[] = [];
  store.subscribe(() => seen.push(store.read().status));
  assert.equal(store.read().status, 'idle');
  const connected = store.connect();
  assert.equal(store.read().status, 'connecting');
  assert.equal(store.read().session, undefined);
  await settle();
  page.call.sink.onLive('webrtc');
  page.call.receive({ type: 'session.created', event_id: 'e1', session: {} });
  await connected;
  assert.equal(store.read().status, 'live');
  assert.ok(store.read().session);
  page.call.sink.onUnstable();
  assert.equal(store.read().status, 'unstable');
  store.end();
  assert.equal(store.read().status, 'ended');
  assert.equal(store.read().session, undefined);
  assert.deepEqual([...new Set(seen)], ['connecting', 'live', 'unstable', 'ended']);
  assert.deepEqual(await page.leftovers(), []);
});

test('[RCT2] connecting twice makes one call; after its end there can be another', async () => {
  const bench = new Bench();
  const first = bench.store.connect();
  assert.equal(bench.store.connect(), first);
  await bench.goLive();
  assert.equal(bench.page.media.length, 1);
  bench.store.end();
  await bench.goLive();
  assert.equal(bench.page.media.length, 2);
  assert.equal(bench.store.read().status, 'live');
  bench.store.end();
  assert.deepEqual(await bench.page.leftovers(), []);
});

test('[RCT3] why there is no call stands in the snapshot, and connecting again forgets it', async () => {
  const { store, page } = new Bench();
  page.answer = () => Promise.resolve(new Response('{}', { status: 503 }));
  await store.connect();
  assert.equal(store.read().status, 'ended');
  assert.equal(store.read().error?.code, 'server_refused');
  page.answer = () => Promise.resolve(callAnswer());
  void store.connect();
  assert.equal(store.read().error, undefined);
  store.end();
  assert.equal(store.read().status, 'idle');
  assert.deepEqual(await page.leftovers(), []);
});

test('[RCT3] what ends a live call stands there too, and its listeners hear of it', async () => {
  const closed: (string | undefined)[] = [];
  const bench = new Bench({ onClosed: (error) => closed.push(error?.code) });
  await bench.goLive();
  const failure = { type: 'error', error: { message: 'gone', code: 'session_expired' } };
  bench.page.call.receive({ ...failure, event_id: 'e2' });
  assert.equal(bench.store.read().error?.code, 'realtime_error');
  assert.equal(bench.store.read().status, 'live');
  const { lastEventId } = bench.page.call.request;
  assert.equal(typeof lastEventId, 'function');
  bench.store.end();
  assert.deepEqual(closed, [undefined]);
});

test('[RCT4] what a call that was left still says changes nothing', async () => {
  const bench = new Bench();
  await bench.goLive();
  const old = bench.page.call;
  bench.store.end();
  await bench.goLive();
  const before = bench.store.read();
  old.receive({ type: 'response.created', event_id: 'x1', response: { id: 'r1' } });
  old.sink.onUnstable();
  assert.equal(bench.store.read(), before);
  bench.store.end();
});

test('[RCT5] a snapshot stays the same object until something in it changes', async () => {
  const bench = new Bench();
  await bench.goLive();
  const before = bench.store.read();
  let count = 0;
  bench.store.subscribe(() => {
    count += 1;
  });
  bench.page.call.receive({ type: 'rate_limits.updated', event_id: 'e2' });
  bench.store.setMuted(false);
  assert.equal(bench.store.read(), before);
  assert.equal(count, 0);
  bench.store.setMuted(true);
  assert.equal(bench.store.read().isMuted, true);
  assert.equal(count, 1);
  bench.store.end();
});

test('[RCT6] what the agent and the user do follows the events', async () => {
  const bench = new Bench();
  await bench.goLive();
  const after = (event: Readonly<Record<string, unknown>> & { readonly type: string }): string => {
    bench.page.call.receive(event);
    return bench.store.read().activity;
  };
  assert.equal(bench.store.read().activity, 'listening');
  bench.page.call.receive({ type: 'input_audio_buffer.speech_started', item_id: 'i1' });
  assert.equal(bench.store.read().isUserSpeaking, true);
  bench.page.call.receive({ type: 'input_audio_buffer.speech_stopped', item_id: 'i1' });
  assert.equal(bench.store.read().isUserSpeaking, false);
  assert.equal(after({ type: 'response.created', response: { id: 'r1' } }), 'thinking');
  assert.equal(after({ type: 'output_audio_buffer.started', response_id: 'r1' }), 'speaking');
  assert.equal(after({ type: 'response.done', response: { id: 'r1' } }), 'speaking');
  assert.equal(after({ type: 'output_audio_buffer.stopped', response_id: 'r1' }), 'listening');
  bench.store.end();
  assert.equal(bench.store.read().activity, 'idle');
});

test('[RCT7] the transcript keeps the entries that did not change, and outlives its call', async () => {
  const bench = new Bench();
  await bench.goLive();
  const say = (id: string, text: string): void => {
    bench.page.call.receive({
      type: 'conversation.item.added',
      item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
  };
  say('i1', 'one');
  const [first] = bench.store.readEntries();
  say('i2', 'two');
  assert.equal(bench.store.readEntries()[0], first);
  const before = bench.store.readEntries();
  bench.page.call.receive({ type: 'rate_limits.updated' });
  assert.equal(bench.store.readEntries(), before);
  bench.store.end();
  assert.equal(bench.store.readEntries(), before);
  void bench.store.connect();
  assert.deepEqual(bench.store.readEntries(), []);
  bench.store.end();
});

test('[RCT8] levels are measured while a call is live and somebody looks, with one timer', async () => {
  const bench = new Bench();
  const { levels } = bench.store;
  const leave = [levels.subscribe(() => undefined), levels.subscribe(() => undefined)];
  assert.equal(bench.clock.frames.size, 0);
  await bench.goLive();
  assert.equal(bench.clock.frames.size, 1);
  const measured = levels.read();
  assert.ok(measured.microphone > measured.agent && measured.agent > 0);
  for (const frame of bench.clock.frames) frame();
  assert.equal(levels.read(), measured);
  leave[0]?.();
  assert.equal(bench.clock.frames.size, 1);
  leave[1]?.();
  assert.equal(bench.clock.frames.size, 0);
  levels.subscribe(() => undefined);
  assert.equal(bench.clock.frames.size, 1);
  bench.store.end();
  assert.equal(bench.clock.frames.size, 0);
  assert.deepEqual(levels.read(), { microphone: 0, agent: 0 });
});

test('[RCT8] statistics are asked for while somebody looks, and are gone after the call', async () => {
  const bench = new Bench();
  await bench.goLive();
  assert.equal(bench.clock.intervals.size, 0);
  const leave = bench.store.statistics.subscribe(() => undefined);
  await settle();
  assert.ok(bench.store.statistics.read());
  leave();
  assert.equal(bench.clock.intervals.size, 0);
  bench.store.end();
  assert.equal(bench.store.statistics.read(), undefined);
});

test('[RCT9] a call that nobody holds any more ends; who holds it again at once keeps it', async () => {
  const bench = new Bench();
  const first = bench.store.hold();
  await bench.goLive();
  first();
  const second = bench.store.hold();
  await settle();
  assert.equal(bench.store.read().status, 'live');
  second();
  await settle();
  assert.equal(bench.store.read().status, 'ended');
  assert.deepEqual(await bench.page.leftovers(), []);
});

test('[RCT11] actions of components are offered while they are on the page, and the later of two counts', async () => {
  const bench = new Bench();
  const told: string[] = [];
  const add = (by: string): (() => void) =>
    bench.store.actions.add({ name: 'show', parameters: {}, handler: () => told.push(by) });
  const call = async (callId: string): Promise<void> => {
    bench.page.call.receive({
      type: 'response.output_item.done',
      response_id: 'r1',
      item: { type: 'function_call', name: 'show', call_id: callId, arguments: '{}' },
    });
    await settle();
  };
  const first = add('first');
  await bench.goLive();
  await call('c1');
  const second = add('second');
  await call('c2');
  second();
  await call('c3');
  first();
  await call('c4');
  assert.deepEqual(told, ['first', 'second', 'first']);
  const updates = bench.page.call.sent.filter(({ type }) => type === 'session.update');
  assert.equal(updates.length, 2);
  bench.store.end();
});

test('[CTX9] what components show is told as one object when the call is live, when it changes, and when they go', async () => {
  const bench = new Bench();
  const leavePage = bench.store.screen.add({ page: 'shop', items: 1 });
  const leaveCart = bench.store.screen.add({ items: 2 });
  await bench.goLive();
  const told = async (): Promise<readonly unknown[]> => {
    await settle();
    return bench.page.call.sent.map(({ context }) => context);
  };
  assert.deepEqual(await told(), [{ page: 'shop', items: 2 }]);
  leaveCart();
  bench.store.screen.add({ items: 2 });
  assert.equal((await told()).length, 1);
  leavePage();
  assert.deepEqual((await told()).at(-1), { items: 2 });
  bench.store.end();
  await bench.goLive();
  assert.deepEqual(await told(), [{ items: 2 }]);
  bench.store.end();
});
