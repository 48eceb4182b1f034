import type { ControllerId } from '@prism/protocol';
import type { SessionEffect, SessionFact } from './session-contract.ts';

/** Places that stay after a burst of effects, so that the usual few need no new array each time. */
const KEPT_PLACE_COUNT_MAX = 32;

/** Effects on their way out, in order. Emptied by the runner after every input, so one input's effects bound it. */
export class Outbox {
  #effects: (SessionEffect | undefined)[] = [];
  #count = 0;
  #nextIndex = 0;
  readonly #watch: ((effect: SessionEffect) => void) | undefined;

  /** @param watch - Sees every effect as it is made. */
  constructor(watch?: (effect: SessionEffect) => void) {
    this.#watch = watch;
  }

  push(effect: SessionEffect): void {
    this.#watch?.(effect);
    this.#effects[this.#count] = effect;
    this.#count += 1;
  }

  report(fact: SessionFact): void {
    this.push({ type: 'report', fact });
  }

  toController(controllerId: ControllerId, text: string): void {
    this.push({ type: 'controller.send', controllerId, text });
  }

  poll(): SessionEffect | undefined {
    if (this.#nextIndex === this.#count) {
      if (this.#count > KEPT_PLACE_COUNT_MAX) this.#effects = [];
      this.#count = 0;
      this.#nextIndex = 0;
      return undefined;
    }
    const effect = this.#effects[this.#nextIndex];
    // What was handed out must not be kept in memory.
    this.#effects[this.#nextIndex] = undefined;
    this.#nextIndex += 1;
    return effect;
  }
}
