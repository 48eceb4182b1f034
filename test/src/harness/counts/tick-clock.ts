import type { Clock, MonotonicMs, Timer, WallMs } from '@prism/core';

/** A clock that is moved by hand and makes as little garbage as the real one; it counts what is armed. */
export class TickClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  get armedCount(): number {
    return this.#timers.size;
  }

  nowMs(): MonotonicMs {
    return this.#nowMs as MonotonicMs;
  }

  wallMs(): WallMs {
    return (1_800_000_000_000 + this.#nowMs) as WallMs;
  }

  setTimer(atMs: MonotonicMs, fire: () => void): Timer {
    const timer = { atMs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  step(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}
