/** Audio that waits to be processed in frames. Its owner bounds what is pushed. */
export class FrameQueue {
  readonly #frameSamples: number;
  /** Samples, or a number of silent ones. */
  readonly #chunks: (Int16Array | number)[] = [];
  /** Samples of the first chunk that are taken already. */
  #headOffset = 0;
  #sampleCount = 0;

  constructor(frameSamples: number) {
    this.#frameSamples = frameSamples;
  }

  /** Whole frames that can be taken. */
  get frameCount(): number {
    return Math.floor(this.#sampleCount / this.#frameSamples);
  }

  /** Appends samples; the array is kept, not copied. */
  push(pcm: Int16Array): void {
    if (pcm.length === 0) return;
    this.#chunks.push(pcm);
    this.#sampleCount += pcm.length;
  }

  /** Appends silence. */
  pushSilence(sampleCount: number): void {
    if (sampleCount <= 0) return;
    this.#chunks.push(sampleCount);
    this.#sampleCount += sampleCount;
  }

  /** Takes the next frame. There must be one. */
  take(): Int16Array {
    const frame = new Int16Array(this.#frameSamples);
    let filled = 0;
    while (filled < frame.length) {
      const head = this.#chunks[0];
      if (head === undefined) throw new RangeError('no whole frame is there');
      const headSamples = typeof head === 'number' ? head : head.length;
      const partSamples = Math.min(headSamples - this.#headOffset, frame.length - filled);
      if (typeof head !== 'number') {
        frame.set(head.subarray(this.#headOffset, this.#headOffset + partSamples), filled);
      }
      filled += partSamples;
      this.#headOffset += partSamples;
      if (this.#headOffset === headSamples) {
        this.#chunks.shift();
        this.#headOffset = 0;
      }
    }
    this.#sampleCount -= frame.length;
    return frame;
  }
}
