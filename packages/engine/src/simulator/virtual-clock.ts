import type { Clock } from '../door/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved: an hour of conversation takes as long as its work. */
export class VirtualClock implements Clock {
  /** Latest first, so that the next one is taken off the end; the earlier armed of two comes first. */
  readonly #timers: Timer[] = [];
  readonly #wallStartMs: number;
  #nowMs = 0;

  /** Begins at 0 ms, which stands for `wallStartMs` since 1970. */
  constructor(wallStartMs = 1_700_000_000_000) {
    this.#wallStartMs = wallStartMs;
  }

  get armedCount(): number {
    return this.#timers.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMs;
  }

  callAt(atMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs, callback };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle]?.atMs ?? 0) > atMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) {
        this.#timers.splice(index, 1);
      }
    };
  }

  /** Moves on by a time, calling on the way what becomes due, in order. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    let next = this.#timers.at(-1);
    while (next !== undefined && next.atMs <= endMs) {
      this.#timers.pop();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      next = this.#timers.at(-1);
    }
    this.#nowMs = endMs;
  }
}
