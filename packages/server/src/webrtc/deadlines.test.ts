import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MonotonicMs } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { type DeadlineOwner, Deadlines } from './deadlines.ts';

class Owner implements DeadlineOwner {
  deadlineMs: MonotonicMs | undefined;
  readonly firedAtMs: number[] = [];
  readonly #everyMs: number | undefined;

  /** Has a deadline at `atMs`, which is put off by `everyMs` when it comes. */
  constructor(atMs: number, everyMs?: number) {
    this.#everyMs = everyMs;
    this.deadlineMs = atMs as MonotonicMs;
  }

  deadlineDue(nowMs: MonotonicMs): void {
    this.firedAtMs.push(nowMs);
    this.deadlineMs =
      this.#everyMs === undefined ? undefined : ((nowMs + this.#everyMs) as MonotonicMs);
  }
}

suite('the deadlines of all peers', () => {
  test('[SCT20] one timer serves all, each at its time, and none is armed when nothing is due', () => {
    const clock = new ManualClock();
    const startMs = clock.nowMs();
    const deadlines = new Deadlines(clock);
    const owners = [new Owner(startMs + 30), new Owner(startMs + 10, 15), new Owner(startMs + 20)];
    for (const owner of owners) deadlines.update(owner);
    assert.equal(clock.armedCount, 1);
    for (let ms = 0; ms < 30; ms += 1) clock.advance(1);
    assert.deepEqual(
      owners.map(({ firedAtMs }) => firedAtMs.map((atMs) => atMs - startMs)),
      [[30], [10, 25], [20]],
    );
    const [, repeating] = owners;
    assert.ok(repeating !== undefined);
    deadlines.remove(repeating);
    assert.equal(clock.armedCount, 0);
  });

  test('[SCT20] a deadline that comes nearer is kept, one that is gone calls nobody', () => {
    const clock = new ManualClock();
    const startMs = clock.nowMs();
    const deadlines = new Deadlines(clock);
    const owner = new Owner(startMs + 1_000);
    deadlines.update(owner);
    owner.deadlineMs = (startMs + 5) as MonotonicMs;
    deadlines.update(owner);
    clock.advance(5);
    assert.equal(owner.firedAtMs.length, 1);
    deadlines.update(owner);
    clock.advance(2_000);
    assert.equal(owner.firedAtMs.length, 1);
    assert.equal(clock.armedCount, 0);
  });
});
