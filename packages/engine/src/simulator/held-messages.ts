import type { Clock } from '../door/clock.ts';

/** Messages held back at the same time; beyond it the oldest goes at once. */
export const HELD_COUNT_MAX = 4_096;

interface Held {
  readonly release: () => void;
  readonly cancelTimer: () => void;
}

/** Messages that are late, each by its own time. */
export class HeldMessages {
  readonly #clock: Clock;
  readonly #held = new Set<Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#held.size;
  }

  /** Calls `deliver` at a time; sooner when too many wait. */
  hold(atMs: number, deliver: () => void): void {
    const held: Held = {
      release: () => {
        this.#held.delete(held);
        deliver();
      },
      cancelTimer: this.#clock.callAt(atMs, () => held.release()),
    };
    this.#held.add(held);
    if (this.#held.size > HELD_COUNT_MAX) {
      const [oldest] = this.#held;
      oldest?.cancelTimer();
      oldest?.release();
    }
  }

  /** Forgets what waits. */
  clear(): void {
    for (const { cancelTimer } of this.#held) {
      cancelTimer();
    }
    this.#held.clear();
  }
}
