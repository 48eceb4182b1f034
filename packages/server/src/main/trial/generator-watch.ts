import { type Clock, SLOT_MS } from '@prism/core';
import type { MediaTick, SlotListener } from '../../runtime/media-tick.ts';
import type { GeneratorState } from './load-report.ts';
import { spreadOf } from './spread.ts';

/** Samples of lateness that are kept, of the whole trial: every slot of 20 minutes, every second one of 40, and so on. */
const SAMPLE_COUNT_MAX = 60_000;

type WatchedTick = Pick<MediaTick, 'add' | 'remove' | 'slotPositionAt'>;

/** Watches the process that makes the calls: how late its tick is and what CPU it takes. */
export class GeneratorWatch {
  readonly #tick: WatchedTick;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #cpuAtStart = process.cpuUsage();
  #latenessMs: number[] = [];
  /** Of so many slots one is kept. */
  #stride = 1;
  #slotCount = 0;

  constructor(tick: WatchedTick, clock: Clock) {
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
    this.#slotCount += 1;
    if (this.#slotCount % this.#stride !== 0) return;
    this.#latenessMs.push(lateMs);
    if (this.#latenessMs.length < SAMPLE_COUNT_MAX) return;
    this.#stride *= 2;
    this.#latenessMs = this.#latenessMs.filter((_, index) => index % 2 === 1);
  };
}
