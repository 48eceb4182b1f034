import type { Clock } from '../door/clock.ts';
import { HELD_COUNT_MAX } from './held-messages.ts';

/** Holds all messages back for a while and then sends them at once, in order. */
export class MessageStall {
  readonly #clock: Clock;
  readonly #write: (text: string) => void;
  /** Bounded by `HELD_COUNT_MAX`; when it is full, the stall is over. */
  #waiting: string[] = [];
  #untilMs = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, write: (text: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  stall(ms: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#clock.nowMs() + ms);
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.callAt(this.#untilMs, () => this.#flush());
  }

  send(text: string): void {
    if (this.#cancelTimer === undefined) {
      this.#write(text);
      return;
    }
    this.#waiting.push(text);
    if (this.#waiting.length >= HELD_COUNT_MAX) {
      this.#cancelTimer();
      this.#flush();
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.clear();
    for (const text of waiting) {
      this.#write(text);
    }
  }
}
