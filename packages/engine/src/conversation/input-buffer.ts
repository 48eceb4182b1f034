import { SAMPLES_PER_MS } from './wire-audio.ts';

/** The most audio kept that is not yet in an item; beyond it the oldest is dropped, and counted. */
export const INPUT_BUFFER_MS_MAX = 120_000;

interface Chunk {
  readonly firstSample: number;
  readonly pcm: Int16Array;
}

/** The input audio buffer: what the client has appended since the last commit or clear. */
export class InputBuffer {
  readonly #chunks: Chunk[] = [];
  #startSample = 0;
  #endSample = 0;
  #droppedSamples = 0;

  /** Where the uncommitted audio begins, in samples since the session's first. */
  get startSample(): number {
    return this.#startSample;
  }

  /** Samples received since the session began. */
  get endSample(): number {
    return this.#endSample;
  }

  /** Samples lost because the client neither committed nor cleared for too long. */
  get droppedSamples(): number {
    return this.#droppedSamples;
  }

  append(pcm: Int16Array): void {
    if (pcm.length === 0) {
      return;
    }
    this.#chunks.push({ firstSample: this.#endSample, pcm });
    this.#endSample += pcm.length;
    const oldest = this.#endSample - INPUT_BUFFER_MS_MAX * SAMPLES_PER_MS;
    if (oldest > this.#startSample) {
      this.#droppedSamples += oldest - this.#startSample;
      this.dropBefore(oldest);
    }
  }

  /** A copy of the samples between two positions, as far as they are still kept. */
  slice(fromSample: number, toSample: number): Int16Array {
    const from = Math.max(fromSample, this.#startSample);
    const to = Math.min(toSample, this.#endSample);
    const copy = new Int16Array(Math.max(0, to - from));
    for (const chunk of this.#chunks) {
      const first = Math.max(from, chunk.firstSample);
      const end = Math.min(to, chunk.firstSample + chunk.pcm.length);
      if (first < end) {
        const part = chunk.pcm.subarray(first - chunk.firstSample, end - chunk.firstSample);
        copy.set(part, first - from);
      }
    }
    return copy;
  }

  /** Forgets what lies before a position: it was committed, cleared or is too old. */
  dropBefore(sample: number): void {
    this.#startSample = Math.max(this.#startSample, Math.min(sample, this.#endSample));
    let first = this.#chunks[0];
    while (first !== undefined && first.firstSample + first.pcm.length <= this.#startSample) {
      this.#chunks.shift();
      first = this.#chunks[0];
    }
  }
}
