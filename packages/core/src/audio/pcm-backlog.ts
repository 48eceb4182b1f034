/**
 * Audio that waits, newest kept.
 *
 * Holds at most `capacitySamples`; when more comes, the oldest chunks go and their samples are counted.
 */
export class PcmBacklog {
  readonly #capacitySamples: number;
  readonly #chunks: Int16Array[] = [];
  #heldSamples = 0;
  #droppedSamples = 0;

  constructor(capacitySamples: number) {
    this.#capacitySamples = capacitySamples;
  }

  get heldSamples(): number {
    return this.#heldSamples;
  }

  get droppedSamples(): number {
    return this.#droppedSamples;
  }

  /** Takes ownership of `chunk`. */
  push(chunk: Int16Array): void {
    this.#chunks.push(chunk);
    this.#heldSamples += chunk.length;
    while (this.#heldSamples > this.#capacitySamples) {
      const oldest = this.#chunks.shift();
      if (oldest === undefined) return;
      this.#heldSamples -= oldest.length;
      this.#droppedSamples += oldest.length;
    }
  }

  /** Hands every held chunk to `emit`, oldest first, and is empty afterwards. */
  drain(emit: (chunk: Int16Array) => void): void {
    for (const chunk of this.#chunks.splice(0)) emit(chunk);
    this.#heldSamples = 0;
  }
}
