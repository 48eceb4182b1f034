import type { Clock } from '../kit/clock.ts';

/** A clock whose hands are moved by the test. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  get armedCount(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  callAfter(durationMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + durationMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on and calls what has become due. */
  advance(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}
