import type { MonotonicMs } from '../time/clock.ts';
import type { Machine } from './machine.ts';

/** Inputs that may wait while one is being handled. Nested inputs come from performing effects; a handful is usual. */
export const MAILBOX_COUNT_MAX = 10_000;

/**
 * Runs a machine to completion, input by input.
 *
 * An input posted while another is handled waits its turn, so that the machine is never re-entered and effects are
 * performed in the order they were made. When more than {@link MAILBOX_COUNT_MAX} wait, `post` answers false and
 * drops the input: the runner then closes the session.
 */
export class Mailbox<Input, Effect, Reason extends string> {
  readonly #machine: Machine<Input, Effect, Reason>;
  readonly #perform: (effect: Effect) => void;
  readonly #nowMs: () => MonotonicMs;
  readonly #waiting: Input[] = [];
  #isRunning = false;

  constructor(
    machine: Machine<Input, Effect, Reason>,
    perform: (effect: Effect) => void,
    nowMs: () => MonotonicMs,
  ) {
    this.#machine = machine;
    this.#perform = perform;
    this.#nowMs = nowMs;
  }

  /** True while an input is being handled; one that is posted then waits. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Hands one input to the machine, now or after those before it. False if there was no room. */
  post(input: Input): boolean {
    if (this.#isRunning) {
      if (this.#waiting.length >= MAILBOX_COUNT_MAX) return false;
      this.#waiting.push(input);
      return true;
    }
    this.#isRunning = true;
    try {
      for (let next: Input | undefined = input; next !== undefined; next = this.#waiting.shift()) {
        this.#machine.handle(next, this.#nowMs());
        for (
          let effect = this.#machine.poll();
          effect !== undefined;
          effect = this.#machine.poll()
        ) {
          this.#perform(effect);
        }
      }
    } finally {
      this.#isRunning = false;
    }
    return true;
  }
}
