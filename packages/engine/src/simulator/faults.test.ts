import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallBench } from '../testing-doubles/call-bench.ts';
import type { Fault } from './fault-schema.ts';
import { HELD_COUNT_MAX } from './held-messages.ts';
import { mergePatch } from './merge-patch.ts';
import type { SimulatorScriptInput } from './simulator-script.ts';

type FaultInput = NonNullable<SimulatorScriptInput['faults']>[number];

const DELTA = 'response.output_audio.delta';
const TIMING = { first_audio_ms: 100, audio_ms: 1_000, delta_ms: 200, pace_ratio: 1 } as const;

function withFaults(...faults: FaultInput[]): CallBench {
  return new CallBench({ timing: TIMING, faults });
}

function at(type: 'sends' | 'receives', event: string, nth?: number): Fault['at'] {
  return nth === undefined ? { type, event } : { type, event, nth };
}

test('[SIM11] a close in the middle of the deltas sends its code, and nothing follows', () => {
  const bench = withFaults({
    at: at('sends', DELTA, 3),
    do: { type: 'close', code: 1011, reason: 'went wrong' },
  }).respond();
  assert.equal(bench.deltas().length, 2);
  assert.deepEqual(bench.closes, [{ atMs: 500, code: 1011, reason: 'went wrong' }]);
  assert.equal(bench.types().at(-1), 'response.output_audio_transcript.delta');
});

test('[SIM11] a dropped connection is seen as 1006', () => {
  const bench = withFaults({ at: { type: 'time', after_ms: 350 }, do: { type: 'terminate' } });
  bench.respond();
  assert.deepEqual(bench.closes, [{ atMs: 350, code: 1006, reason: '' }]);
  assert.equal(bench.deltas().length, 2);
});

test('[SIM11] a server that hangs after the connect says nothing and reads nothing', () => {
  for (const type of ['hang', 'half_open'] as const) {
    const bench = withFaults({ at: { type: 'connect' }, do: { type } }).respond();
    assert.equal(bench.received.length, 0, type);
    assert.equal(bench.closes.length, 0, type);
  }
});

test('[SIM11] a half-open connection is dropped after ten minutes', () => {
  const bench = withFaults({ at: { type: 'connect' }, do: { type: 'half_open' } });
  bench.wait(599_999);
  assert.equal(bench.closes.length, 0);
  bench.wait(1);
  assert.equal(bench.closes[0]?.code, 1006);
});

test('[SIM12] events are sent twice, late or not at all', () => {
  const bench = withFaults(
    { at: at('sends', DELTA, 1), do: { type: 'duplicate' } },
    { at: at('sends', DELTA, 2), do: { type: 'delay', ms: 450 } },
    { at: at('sends', DELTA, 5), do: { type: 'drop' } },
  ).respond();
  const faultless = withFaults().respond().eventsOf(DELTA);
  const [first, second, third, fourth] = faultless.map(({ event_id }) => event_id);
  const received = bench.eventsOf(DELTA);
  assert.deepEqual(
    received.map(({ event_id }) => event_id),
    [first, first, third, fourth, second],
  );
  assert.equal(received.at(-1)?.atMs, 300 + 450);
});

test('[SIM12] a stall holds everything back and then lets it go in order', () => {
  const bench = withFaults({ at: at('sends', DELTA, 2), do: { type: 'stall', ms: 500 } }).respond();
  const faultless = withFaults().respond();
  assert.deepEqual(bench.types(), faultless.types());
  assert.deepEqual(
    bench.deltas().map(({ atMs }) => atMs),
    [100, 800, 800, 800, 900],
  );
});

test('[SIM12] a stall that holds more than its bound is over', () => {
  const bench = new CallBench({
    timing: { ...TIMING, audio_ms: 60_000, delta_ms: 10, pace_ratio: 'unpaced' },
    faults: [{ at: at('sends', DELTA, 1), do: { type: 'stall', ms: 600_000 } }],
  }).respond(1_000);
  assert.ok(bench.deltas().length > HELD_COUNT_MAX - 100);
});

test('[SIM12] fields of an event are replaced, added and removed', () => {
  const rateLimits = [{ name: 'tokens', limit: 100, remaining: 0, reset_seconds: 30 }];
  const details = { type: 'failed', error: { type: 'server_error', code: 'rate_limit_exceeded' } };
  const bench = withFaults(
    {
      at: at('sends', 'rate_limits.updated'),
      do: { type: 'merge', patch: { rate_limits: rateLimits } },
    },
    {
      at: at('sends', 'response.done', 1),
      do: {
        type: 'merge',
        patch: { event_id: null, response: { status: 'failed', status_details: details } },
      },
    },
  ).respond();
  assert.deepEqual(bench.eventsOf('rate_limits.updated')[0]?.['rate_limits'], rateLimits);
  const [done] = bench.eventsOf('response.done');
  assert.equal(done?.['event_id'], undefined);
  const response = done?.['response'] as Record<string, unknown>;
  assert.equal(response['status'], 'failed');
  assert.deepEqual(response['status_details'], details);
  assert.equal(response['object'], 'realtime.response');
});

test('[SIM12] merging follows RFC 7396', () => {
  const target = { a: 'b', c: { d: 'e', f: 'g' }, h: [1, 2] };
  const merged = mergePatch(target, { a: 'z', c: { f: null }, h: [3], i: { j: null, k: 1 } });
  assert.deepEqual(merged, { a: 'z', c: { d: 'e' }, h: [3], i: { k: 1 } });
  assert.equal(mergePatch({ a: 1 }, 'text'), 'text');
});

test('[SIM13] errors, text that is no event and binary messages come between the events', () => {
  const bench = withFaults({
    at: at('sends', DELTA, 2),
    do: [
      { type: 'error', error_type: 'server_error', code: 'server_error', message: 'oh' },
      { type: 'text', text: '{"type":' },
      { type: 'text', text: 'garbage' },
      { type: 'binary', size_bytes: 33 },
    ],
  });
  bench.send({ type: 'response.create' }).wait(10_000);
  const texts = bench.received.map(({ text }) => text);
  const error = texts.findIndex((text) => text.startsWith('{"type":"error"'));
  assert.deepEqual((JSON.parse(texts[error] ?? '') as { error: unknown }).error, {
    type: 'server_error',
    code: 'server_error',
    message: 'oh',
    param: null,
    event_id: null,
  });
  assert.deepEqual(texts.slice(error + 1, error + 3), ['{"type":', 'garbage']);
  assert.ok(texts[error + 3]?.startsWith(`{"type":"${DELTA}"`));
  assert.deepEqual(
    bench.binaries.map(({ length }) => length),
    [33],
  );
});

test('[SIM13] the voice fails in the middle of an answer', () => {
  const bench = new CallBench({ timing: TIMING, answers: [{ fails_after_ms: 500 }] }).respond();
  assert.deepEqual(
    bench.deltas().map(({ pcm }) => pcm.length / 24),
    [200, 200, 100],
  );
  const [done] = bench.eventsOf('response.done');
  assert.equal((done?.['response'] as { status: string } | undefined)?.status, 'failed');
});

test('[SIM15] what the client sends can be ignored, served late, or answered with a close', () => {
  const ignoring = withFaults({ at: at('receives', 'response.create', 1), do: { type: 'drop' } });
  assert.equal(ignoring.respond().eventsOf('response.created').length, 0);
  assert.equal(ignoring.respond().eventsOf('response.created').length, 1);
  const late = withFaults({
    at: at('receives', 'response.create'),
    do: { type: 'delay', ms: 250 },
  }).respond();
  assert.equal(late.eventsOf('response.created')[0]?.atMs, 250);
  const closing = withFaults({
    at: at('receives', 'response.create'),
    do: [
      { type: 'error', error_type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      { type: 'close', code: 1013 },
    ],
  }).respond();
  assert.equal(closing.types().at(-1), 'error');
  assert.equal(closing.closes[0]?.code, 1013);
});

test('[SIM15] a client message that is no event is passed on', () => {
  const bench = withFaults({ at: at('receives', 'response.create'), do: { type: 'drop' } });
  bench.call.send('{nonsense');
  assert.equal(bench.eventsOf('error').length, 1);
});

test('[SIM11] a fault with a probability happens in its share of the sessions, the same each time', () => {
  const script: SimulatorScriptInput = {
    seed: 9,
    faults: [{ at: { type: 'connect' }, probability: 0.3, do: { type: 'close', code: 1013 } }],
  };
  const closedIn = (): number[] =>
    Array.from({ length: 300 }, (_, index) => index).filter(
      (index) => new CallBench(script, index).closes.length > 0,
    );
  const closed = closedIn();
  assert.ok(closed.length > 65 && closed.length < 115, `${closed.length} of 300`);
  assert.deepEqual(closedIn(), closed);
});
