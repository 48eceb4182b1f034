import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { OPEN_POLICY } from '@prism/protocol';
import { RunnerBench } from '../testing/runner-bench.ts';
import type { ControllerListener, SessionEnd } from './ports/controller.ts';

const EVENT = JSON.stringify({ type: 'input_audio_buffer.commit' });

/** A live session whose controllers may send ten events a second, and one of them. */
class RateBench {
  readonly clock = new ManualClock();
  readonly bench = new RunnerBench(this.clock, undefined, {
    eventRate: { eventsPerS: 10, bytesPerS: 100_000 },
  });
  readonly told: string[] = [];
  readonly ends: SessionEnd[] = [];
  readonly controller: ControllerListener;

  constructor(role: 'client' | 'sideband') {
    this.bench.connect();
    this.controller = this.bench.runner.join(
      {
        send: (text) => {
          this.told.push(text);
          return 'sent';
        },
        relay: () => 'sent',
        end: (end) => this.ends.push(end),
      },
      { role, policy: OPEN_POLICY },
    );
  }

  get errors(): readonly string[] {
    return this.told.filter((text) => text.includes('rate_limit_exceeded'));
  }

  /** Sends 20 events a second for so long. */
  flood(durationMs: number): void {
    for (let ms = 0; ms < durationMs; ms += 50) {
      this.controller.message(EVENT);
      this.clock.advance(50);
    }
  }
}

suite('a controller that sends too much', () => {
  test('[RAT5] events beyond the rate do not reach the session, and it is told', () => {
    const test_ = new RateBench('sideband');
    for (let count = 0; count < 150; count += 1) test_.controller.message(EVENT);
    assert.equal(test_.errors.length, 1);
    assert.match(test_.errors[0] ?? '', /"type":"error".*"code":"rate_limit_exceeded"/);
    assert.match(JSON.stringify(test_.bench.runner.describe()), /"eventsDropped":50/);
    test_.clock.advance(1_000);
    const before = test_.bench.sent.length;
    for (let count = 0; count < 15; count += 1) test_.controller.message(EVENT);
    assert.equal(test_.bench.sent.length - before, 10);
    assert.equal(test_.errors.length, 2);
  });

  test('[RAT5] appended audio counts too', () => {
    const test_ = new RateBench('client');
    const bytes = new TextEncoder().encode('{"type":"input_audio_buffer.append","audio":"AAAA"}');
    for (let count = 0; count < 150; count += 1) test_.controller.append(bytes);
    assert.equal(test_.errors.length, 1);
  });

  test('[RAT6] a sideband that goes on is closed alone, a client with its session', () => {
    for (const role of ['sideband', 'client'] as const) {
      const test_ = new RateBench(role);
      for (let count = 0; count < 100; count += 1) test_.controller.message(EVENT);
      test_.flood(9_000);
      assert.equal(test_.ends.length, 0);
      test_.flood(2_000);
      // A session with media goes once it has had time to say why.
      test_.clock.advance(10_000);
      assert.equal(test_.ends[0]?.reason, 'rate_limit_exceeded', role);
      assert.deepEqual(test_.bench.closed, role === 'client' ? ['rate_limit_exceeded'] : []);
    }
  });
});
