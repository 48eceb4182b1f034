import type { Clock, MonotonicMs, Timer, WallMs } from '../time/clock.ts';

interface ArmedTimer {
  readonly atMs: number;
  readonly fire: () => void;
}

/** A clock that stands still until it is advanced. Timers fire in due order, then in the order they were armed. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<ArmedTimer>();

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

  /** Moves time on and fires what is due on the way, each at its own moment. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = endMs;
  }

  /** Moves time on without firing anything, as a busy process does; what is due fires at the next advance. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  #nextDue(endMs: number): ArmedTimer | undefined {
    let next: ArmedTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }
}
