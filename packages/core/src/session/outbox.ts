import type { ControllerId } from '@prism/protocol';
import type { SessionEffect, SessionFact } from './session-contract.ts';

/** Effects on their way out, in order. Emptied by the runner after every input, so one input's effects bound it. */
export class Outbox {
  #effects: SessionEffect[] = [];
  #nextIndex = 0;

  push(effect: SessionEffect): void {
    this.#effects.push(effect);
  }

  report(fact: SessionFact): void {
    this.push({ type: 'report', fact });
  }

  toController(controllerId: ControllerId, text: string): void {
    this.push({ type: 'controller.send', controllerId, text });
  }

  poll(): SessionEffect | undefined {
    const effect = this.#effects[this.#nextIndex];
    if (effect === undefined) {
      this.#effects = [];
      this.#nextIndex = 0;
      return undefined;
    }
    this.#nextIndex += 1;
    return effect;
  }
}
