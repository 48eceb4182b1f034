import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { LoadWatch, type LoadWatchOptions, measureLoop } from './load-watch.ts';
import { MediaTick } from './media-tick.ts';

class Bench {
  readonly clock = new ManualClock();
  busyRatio = 0;
  sessions = 0;
  isClosed = false;
  readonly watch: LoadWatch;

  constructor(options: Partial<LoadWatchOptions> = {}) {
    this.watch = new LoadWatch(
      {
        clock: this.clock,
        tick: { takeLatenessMs: () => 0 },
        loop: {
          take: () => ({ busyRatio: this.busyRatio, eventLoopDelayMs: 7 }),
          close: () => {
            this.isClosed = true;
          },
        },
        sessionCount: () => this.sessions,
      },
      { sessionCountMax: 10, refusedAbove: 0.9, ...options },
    );
  }

  busyFor(seconds: number): void {
    this.busyRatio = 1;
    for (let second = 0; second < seconds; second += 1) this.clock.advance(1_000);
  }
}

suite('a process that looks at itself', () => {
  test('[CAP3] it refuses sessions while it is overloaded, and says why', () => {
    const bench = new Bench();
    assert.equal(bench.watch.refusal(), undefined);
    bench.busyFor(10);
    const refusal = bench.watch.refusal();
    assert.equal(refusal?.code, 'server_overloaded');
    assert.match(refusal?.message ?? '', /\(cpu\)/);
    bench.busyRatio = 0;
    for (let second = 0; second < 10; second += 1) bench.clock.advance(1_000);
    assert.equal(bench.watch.refusal(), undefined);
  });

  test('[CAP4] where load refuses nobody it is told all the same', () => {
    const bench = new Bench({ refusedAbove: undefined });
    bench.busyFor(20);
    assert.equal(bench.watch.refusal(), undefined);
    const { load, isOverloaded, reasons } = bench.watch.capacity();
    assert.ok(load > 0.99);
    assert.deepEqual([isOverloaded, reasons], [false, []]);
  });

  test('[CAP1] places count at once', () => {
    const bench = new Bench();
    bench.sessions = 5;
    assert.equal(bench.watch.capacity().load, 0.5);
  });

  test('[HLT1] the lateness of the last second is told; closed, nothing is armed', () => {
    const bench = new Bench();
    assert.equal(bench.watch.eventLoopDelayMs, 0);
    bench.clock.advance(1_000);
    assert.equal(bench.watch.eventLoopDelayMs, 7);
    bench.watch.close();
    assert.equal(bench.isClosed, true);
    bench.busyFor(10);
    assert.ok(bench.watch.capacity().parts.cpu < 0.1);
  });

  test('[CAP1] a tick counts as late from the first slot that it missed', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    tick.add(() => undefined);
    clock.advance(20);
    assert.equal(tick.takeLatenessMs(), 0);
    clock.stall(75);
    clock.advance(0);
    assert.equal(tick.takeLatenessMs(), 55);
    assert.equal(tick.takeLatenessMs(), 0);
  });

  test('[HLT1] the meter of this thread measures', () => {
    const meter = measureLoop();
    const { busyRatio, eventLoopDelayMs } = meter.take();
    assert.ok(busyRatio >= 0 && busyRatio <= 1);
    assert.ok(eventLoopDelayMs >= 0);
    meter.close();
  });
});
