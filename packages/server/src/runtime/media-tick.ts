import { type Clock, type MonotonicMs, SLOT_MS, type Timer } from '@prism/core';

/**
 * What is called once per media slot while it is registered. `slot` counts 20 ms slots since the process began;
 * `nowMs` is when the tick came, the same for all.
 */
export type SlotListener = (slot: number, nowMs: MonotonicMs) => void;

export interface MediaTickCounters {
  readonly slots: number;
  /** Slots that had passed before the tick came to them. */
  readonly missedSlots: number;
  readonly latenessMsMax: number;
}

/**
 * The one 20 ms tick of the process.
 *
 * Deadlines are multiples of 20 ms on the monotonic clock, so they don't drift. A tick that comes too late skips the
 * slots that have passed: their audio leaves later, never in a burst. Without listeners no timer is armed.
 */
export class MediaTick {
  readonly #clock: Clock;
  readonly #originMs: MonotonicMs;
  readonly #listeners = new Set<SlotListener>();
  #timer: Timer | undefined;
  #lastSlot = -1;
  #slots = 0;
  #missedSlots = 0;
  #latenessMsMax = 0;
  #newestLatenessMsMax = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#originMs = clock.nowMs();
  }

  /** Calls `listener` from the next slot on. Adding twice is adding once. */
  add(listener: SlotListener): void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#lastSlot = this.#slotAt(this.#clock.nowMs());
      this.#arm();
    }
  }

  remove(listener: SlotListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /**
   * Runs the slot that has come, if one has. Whoever reads many packets or messages in one turn of the event loop asks
   * before each, outside of everything a slot may touch: its timer would wait until the last of them is done.
   */
  readonly catchUp = (): void => {
    if (this.#timer === undefined) return;
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#dueMs(this.#lastSlot + 1)) this.#run(nowMs);
  };

  counters(): MediaTickCounters {
    return {
      slots: this.#slots,
      missedSlots: this.#missedSlots,
      latenessMsMax: this.#latenessMsMax,
    };
  }

  /** How late the latest tick was since this was asked before, counted from the first slot that it missed. */
  takeLatenessMs(): number {
    const latenessMs = this.#newestLatenessMsMax;
    this.#newestLatenessMsMax = 0;
    return latenessMs;
  }

  /** The slot at a moment, with how much of it has passed as its fraction. */
  readonly slotPositionAt = (nowMs: MonotonicMs): number => (nowMs - this.#originMs) / SLOT_MS;

  #slotAt(nowMs: MonotonicMs): number {
    return Math.floor(this.slotPositionAt(nowMs));
  }

  #dueMs(slot: number): MonotonicMs {
    return (this.#originMs + slot * SLOT_MS) as MonotonicMs;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(this.#dueMs(this.#lastSlot + 1), this.#fire);
  }

  readonly #fire = (): void => {
    this.#run(this.#clock.nowMs());
    // A timer may fire a little early, or after its slot was caught up with; it is armed for the next one.
    if (this.#listeners.size > 0) this.#arm();
    else this.#timer = undefined;
  };

  #run(nowMs: MonotonicMs): void {
    const slot = this.#slotAt(nowMs);
    if (slot <= this.#lastSlot) return;
    this.#missedSlots += slot - this.#lastSlot - 1;
    const latenessMs = nowMs - this.#dueMs(this.#lastSlot + 1);
    this.#newestLatenessMsMax = Math.max(this.#newestLatenessMsMax, latenessMs);
    this.#latenessMsMax = Math.max(this.#latenessMsMax, nowMs - this.#dueMs(slot));
    this.#lastSlot = slot;
    this.#slots += 1;
    for (const listener of this.#listeners) listener(slot, nowMs);
  }
}
