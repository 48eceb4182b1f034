import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { MediaTick } from './media-tick.ts';

suite('media tick', () => {
  test('[TCK1] fires once per slot, on multiples of 20 ms, without drift', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const seen: (readonly [number, number])[] = [];
    tick.add((slot) => seen.push([slot, clock.nowMs()]));
    clock.advance(33);
    clock.stall(5);
    clock.advance(62);
    assert.deepEqual(seen, [
      [1, 20],
      [2, 40],
      [3, 60],
      [4, 80],
      [5, 100],
    ]);
  });

  test('[TCK1] a late tick does not move the ones after it', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const seen: number[] = [];
    tick.add(() => seen.push(clock.nowMs()));
    clock.stall(27);
    clock.advance(0);
    clock.advance(33);
    assert.deepEqual(seen, [27, 40, 60]);
    assert.equal(tick.counters().latenessMsMax, 7);
  });

  test('[TCK2] slots that passed are skipped and counted', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const seen: number[] = [];
    tick.add((slot) => seen.push(slot));
    clock.advance(20);
    clock.stall(105);
    clock.advance(20);
    assert.deepEqual(seen, [1, 6, 7]);
    assert.equal(tick.counters().missedSlots, 4);
  });

  test('[TCK6] a slot that has come is caught up with, and its timer finds it done', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const seen: (readonly [number, number])[] = [];
    tick.add((slot) => seen.push([slot, clock.nowMs()]));
    clock.stall(19);
    tick.catchUp();
    clock.stall(2);
    tick.catchUp();
    tick.catchUp();
    assert.deepEqual(seen, [[1, 21]]);
    clock.advance(20);
    clock.stall(64);
    tick.catchUp();
    assert.deepEqual(seen.slice(1), [
      [2, 40],
      [5, 105],
    ]);
    assert.equal(tick.counters().missedSlots, 2);
    assert.equal(clock.armedCount, 1);
  });

  test('[TCK6] without listeners there is nothing to catch up with', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const seen: number[] = [];
    const listener = (slot: number): void => {
      seen.push(slot);
      tick.remove(listener);
    };
    tick.add(listener);
    clock.stall(50);
    tick.catchUp();
    clock.stall(50);
    tick.catchUp();
    assert.deepEqual(seen, [2]);
    assert.equal(clock.armedCount, 0);
  });

  test('[TCK3] without listeners no timer is armed', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    assert.equal(clock.armedCount, 0);
    const listener = (): void => undefined;
    tick.add(listener);
    assert.equal(clock.armedCount, 1);
    tick.remove(listener);
    assert.equal(clock.armedCount, 0);
  });

  test('[TCK3] a listener that removes itself is not called again', () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    let calls = 0;
    const listener = (): void => {
      calls += 1;
      tick.remove(listener);
    };
    tick.add(listener);
    clock.advance(200);
    assert.equal(calls, 1);
    assert.equal(clock.armedCount, 0);
  });
});
