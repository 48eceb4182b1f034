const SAMPLES_PER_MS = 24;

/** The audio that is kept; beyond it the oldest is overwritten. */
const KEPT_MS_MAX = 60_000;

/** The newest audio of a stream, found again by its position. */
export class RecentAudio {
  readonly #ring = new Int16Array(KEPT_MS_MAX * SAMPLES_PER_MS);
  #endSample = 0;

  push(pcm: Int16Array): void {
    const kept = pcm.subarray(Math.max(0, pcm.length - this.#ring.length));
    const from = (this.#endSample + pcm.length - kept.length) % this.#ring.length;
    const untilWrap = Math.min(kept.length, this.#ring.length - from);
    this.#ring.set(kept.subarray(0, untilWrap), from);
    this.#ring.set(kept.subarray(untilWrap), 0);
    this.#endSample += pcm.length;
  }

  /** A copy of what lies between two positions since the stream's beginning, as far as it is kept. */
  slice(fromSample: number, toSample: number): Int16Array {
    const to = Math.min(toSample, this.#endSample);
    const from = Math.max(0, fromSample, this.#endSample - this.#ring.length);
    const copy = new Int16Array(Math.max(0, to - from));
    for (let index = 0; index < copy.length; index += 1) {
      copy[index] = this.#ring[(from + index) % this.#ring.length] ?? 0;
    }
    return copy;
  }
}
