import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { after, SLOT_MS } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import type { SlotListener } from '../../runtime/media-tick.ts';
import { GeneratorWatch } from './generator-watch.ts';

suite('watch of the process that makes the calls', () => {
  test('[TRI8] lateness counts over the whole trial, however long it is', () => {
    let told: SlotListener | undefined;
    const clock = new ManualClock();
    const originMs = clock.nowMs();
    const tick = {
      add: (listener: SlotListener) => {
        told = listener;
      },
      remove: () => undefined,
      slotPositionAt: (nowMs: number) => (nowMs - originMs) / SLOT_MS,
    };
    const watch = new GeneratorWatch(tick, clock);
    clock.advance(1);
    // An hour and a half on time, then as long 30 ms late.
    const slots = 270_000;
    for (let slot = 0; slot < 2 * slots; slot += 1)
      told?.(slot, after(originMs, slot * SLOT_MS + (slot < slots ? 0 : 30)));
    const { tickLatenessMs } = watch.stop();
    assert.ok(tickLatenessMs !== undefined && tickLatenessMs.count <= 60_000);
    assert.equal(tickLatenessMs.p95, 30);
    assert.ok(tickLatenessMs.p50 <= 30);
  });
});
