import type { AudioStep } from './audio-step.ts';

/**
 * Steps between the push of a packet and their performance: a few per packet that was held, so bounded by those. The
 * room is kept, since growing it anew would cost each packet more than all else.
 */
export class StepQueue {
  readonly #steps: (AudioStep | undefined)[] = [];
  #first = 0;
  #end = 0;

  push(step: AudioStep): void {
    this.#steps[this.#end] = step;
    this.#end += 1;
  }

  /** The next step; undefined when there is none. */
  shift(): AudioStep | undefined {
    if (this.#first === this.#end) return undefined;
    const step = this.#steps[this.#first];
    this.#steps[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return step;
  }
}
