import { type Clock, SLOT_MS } from '@prism/core';
import type { MediaTick, SlotListener } from '../../runtime/media-tick.ts';
import type { GeneratorState } from './load-report.ts';
import { spreadOf } from './spread.ts';

/** Samples of lateness that are kept: the first 20 minutes. */
const SAMPLE_COUNT_MAX = 60_000;

/** Watches the process that makes the calls: how late its tick is and what CPU it takes. */
export class GeneratorWatch {
  readonly #tick: MediaTick;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #cpuAtStart = process.cpuUsage();
  readonly #latenessMs: number[] = [];

  constructor(tick: MediaTick, clock: Clock) {
    this.#tick = tick;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
    tick.add(this.#onSlot);
  }

  stop(): GeneratorState {
    this.#tick.remove(this.#onSlot);
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    const passedMs = this.#clock.nowMs() - this.#startMs;
    return {
      cpuRatio: (user + system) / 1_000 / passedMs,
      tickLatenessMs: spreadOf(this.#latenessMs),
    };
  }

  readonly #onSlot: SlotListener = (slot, nowMs) => {
    const lateMs = (this.#tick.slotPositionAt(nowMs) - slot) * SLOT_MS;
    if (this.#latenessMs.length < SAMPLE_COUNT_MAX) this.#latenessMs.push(lateMs);
  };
}
