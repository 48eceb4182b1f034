import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SLOT_SAMPLES } from '../audio/pcm.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';
import type { SessionEffect } from './session-contract.ts';

const UPSTREAM_FAILURE = {
  type: 'upstream.failed',
  reason: 'upstream_refused',
  error: { code: 'upstream_authentication_failed', message: 'The upstream answered HTTP 401.' },
} as const;

/** The fields of the first event's error that a test compares. */
function firstError(bench: SessionBench, ...fields: readonly string[]): unknown[] {
  const error = bench.toController[0]?.['error'];
  assert.ok(typeof error === 'object' && error !== null);
  return fields.map((field) => (error as Record<string, unknown>)[field]);
}

function stateOf(bench: SessionBench): unknown {
  return bench.session.describe()['state'];
}

suite('session lifecycle', () => {
  test('[SES1] dials at once and is live when upstream and media are there, in either order', () => {
    for (const order of [
      ['media.connected', 'upstream.ready'],
      ['upstream.ready', 'media.connected'],
    ] as const) {
      const bench = new SessionBench();
      assert.deepEqual(bench.effects, [{ type: 'upstream.dial' }]);
      for (const type of order) {
        assert.equal(stateOf(bench), 'opening');
        bench.post({ type });
      }
      assert.equal(stateOf(bench), 'live');
    }
  });

  test('[SES2] an upstream that is not ready in time ends the session', () => {
    const bench = new SessionBench({ upstreamConnectTimeoutMs: 500 });
    bench.controllerOpens();
    bench.advance(499);
    assert.deepEqual(bench.toController, []);
    bench.advance(1);
    assert.deepEqual(firstError(bench, 'code'), ['upstream_unreachable']);
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['upstream_unreachable']);
  });

  test('[SES3] media that is not connected in time ends the session', () => {
    const bench = new SessionBench({ mediaConnectTimeoutMs: 700 });
    bench.post({ type: 'upstream.ready' });
    bench.advance(700);
    assert.deepEqual(bench.closedReasons, ['media_never_connected']);
  });

  test('[SES4] the first reason to end wins', () => {
    const bench = SessionBench.live();
    bench.post(UPSTREAM_FAILURE);
    bench.post({ type: 'close', reason: 'server_draining' });
    bench.advance(10_000);
    assert.deepEqual(bench.closedReasons, ['upstream_refused']);
  });

  test('[SES5] controllers are told why before the media goes', () => {
    const bench = SessionBench.live();
    bench.post(UPSTREAM_FAILURE);
    bench.advance(10_000);
    const kinds = bench.effects.map((effect) => effect.type).filter((type) => type !== 'report');
    assert.deepEqual(kinds, ['controller.send', 'upstream.close', 'media.close', 'closed']);
    assert.deepEqual(firstError(bench, 'code'), ['upstream_authentication_failed']);
  });

  test('[SES5] a controller that opens after the failure is told too', () => {
    const bench = new SessionBench();
    bench.post(UPSTREAM_FAILURE);
    assert.deepEqual(bench.closedReasons, []);
    bench.controllerOpens();
    assert.deepEqual(bench.toControllerTypes, ['error']);
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['upstream_refused']);
  });

  test('[SES6] hanging up and saying goodbye close at once', () => {
    for (const input of [
      { type: 'close', reason: 'client_hangup' },
      { type: 'media.closed' },
    ] as const) {
      const bench = SessionBench.live();
      bench.post(input);
      assert.equal(bench.closedReasons.length, 1);
      assert.ok(bench.effects.some((effect) => effect.type === 'upstream.close'));
    }
  });

  test('[SES7] closed is the last effect, once, and nothing happens afterwards', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'media.closed' });
    assert.equal(bench.effects.at(-1)?.type, 'closed');
    const count = bench.effects.length;
    bench.post({ type: 'media.lost' });
    bench.answer(speech(3));
    bench.speechStarted();
    bench.client({ type: 'response.create' });
    bench.advance(100_000);
    assert.equal(bench.effects.length, count);
    assert.equal(bench.session.deadline(), undefined);
  });

  test('[SES8] draining is told', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'close', reason: 'server_draining' });
    assert.deepEqual(firstError(bench, 'code'), ['server_draining']);
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['server_draining']);
  });

  test('[SES8] draining does not wait for a client that has not come', () => {
    const bench = new SessionBench();
    bench.post({ type: 'close', reason: 'server_draining' });
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['server_draining']);
  });
});

function appendedSamples(effects: readonly SessionEffect[]): number[] {
  return effects.flatMap((effect) => (effect.type === 'upstream.append' ? [...effect.pcm] : []));
}

suite('input audio', () => {
  test('[INP1] what is said while connecting is sent when the upstream is ready', () => {
    const bench = new SessionBench();
    bench.post({ type: 'media.audio', pcm: speech(1, 1) });
    bench.post({ type: 'media.audio', pcm: speech(1, 2) });
    assert.equal(appendedSamples(bench.effects).length, 0);
    bench.post({ type: 'upstream.ready' });
    bench.post({ type: 'media.audio', pcm: speech(1, 3) });
    const samples = appendedSamples(bench.effects);
    assert.equal(samples.length, 3 * SLOT_SAMPLES);
    assert.deepEqual([...new Set(samples)], [1, 2, 3]);
  });

  test('[INP1] [INP2] the newest 15 s are kept and the loss is reported', () => {
    const bench = new SessionBench();
    for (let slot = 0; slot < 800; slot += 1)
      bench.post({ type: 'media.audio', pcm: speech(1, slot) });
    bench.post({ type: 'upstream.ready' });
    const samples = appendedSamples(bench.effects);
    assert.equal(samples.length, 750 * SLOT_SAMPLES);
    assert.equal(samples[0], 50);
    assert.deepEqual(
      bench.facts.filter((fact) => fact.type === 'input.backlog_dropped'),
      [{ type: 'input.backlog_dropped', droppedMs: 1_000 }],
    );
  });

  test('[INP3] appends have the configured length, and a commit finds all audio before it', () => {
    const bench = SessionBench.live({ appendMs: 40 });
    bench.post({ type: 'media.audio', pcm: speech(3) });
    bench.client({ type: 'input_audio_buffer.commit' });
    bench.advance(120);
    const kinds = bench.effects.map((effect) =>
      effect.type === 'upstream.append' ? effect.pcm.length / SLOT_SAMPLES : effect.type,
    );
    assert.deepEqual(kinds, [2, 1, 'upstream.send']);
  });
});

suite('event relay', () => {
  test('[REL1] events wait for the controller and arrive unchanged and in order', () => {
    const bench = new SessionBench();
    const first = serverEvent({
      type: 'session.created',
      session: { id: 'sess_1' },
      extra: [1, null],
    });
    const second = serverEvent({ type: 'something.new', nested: { a: 1 } });
    bench.post(first);
    bench.post(second);
    assert.deepEqual(bench.toController, []);
    bench.controllerOpens();
    const texts = bench.effects.flatMap((effect) =>
      effect.type === 'controller.send' ? [effect.text] : [],
    );
    assert.deepEqual(
      texts,
      [first, second].map((input) => (input.type === 'upstream.event' ? input.text : '')),
    );
  });

  test('[REL1] more events than may wait end the session', () => {
    const bench = new SessionBench();
    for (let count = 0; count <= 1_000; count += 1)
      bench.post(serverEvent({ type: 'noise', count }));
    bench.post({ type: 'media.lost' });
    assert.deepEqual(bench.closedReasons, ['backlog_overflow']);
  });

  test('[REL2] client events wait for the upstream, and too many are refused', () => {
    const bench = new SessionBench();
    bench.controllerOpens();
    for (let count = 0; count < 257; count += 1)
      bench.client({ type: 'conversation.item.retrieve', item_id: 'i', event_id: `c${count}` });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(firstError(bench, 'code', 'event_id'), ['upstream_not_ready', 'c256']);
    bench.post({ type: 'upstream.ready' });
    assert.deepEqual(
      bench.toUpstream.map((event) => event['event_id']),
      Array.from({ length: 256 }, (_, count) => `c${count}`),
    );
  });

  test('[REL3] what is no event is answered and goes nowhere', () => {
    const bench = SessionBench.live();
    bench.client({ event_id: 'mine', item_id: 'i' });
    assert.deepEqual(firstError(bench, 'code', 'param', 'event_id'), [
      'invalid_event',
      'type',
      'mine',
    ]);
    assert.deepEqual(bench.toUpstream, []);
  });

  test('[REL7] events that Prism does not know go upstream as they came, to be judged there', () => {
    const bench = SessionBench.live();
    const unknown = { type: 'conversation.item.truncate', event_id: 'mine', item_id: 'i' };
    bench.client(unknown);
    const untyped = {
      type: 'session.update',
      session: { audio: { input: { format: { type: 'audio/pcm' }, noise: 1 } } },
    };
    bench.client(untyped);
    assert.deepEqual(bench.toUpstream, [
      unknown,
      { type: 'session.update', session: { audio: { input: { noise: 1 } } } },
    ]);
    assert.deepEqual(bench.toController, []);
  });

  test('[REL5] answer audio reaches no controller', () => {
    const bench = SessionBench.live();
    bench.answer(speech(4));
    assert.deepEqual(bench.toController, []);
  });

  test('[REL6] garbage from the upstream is counted and not relayed', () => {
    const bench = SessionBench.live();
    bench.post({
      type: 'upstream.event',
      decoded: { kind: 'garbage', reason: 'not JSON' },
      text: '{{{',
    });
    assert.deepEqual(bench.toController, []);
    assert.deepEqual(bench.facts, [{ type: 'upstream.garbage', reason: 'not JSON' }]);
  });
});
