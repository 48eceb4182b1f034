/** Identifies a stretch of answer audio: which response, item and content part it belongs to. */
export interface AudioSource {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
}

interface Segment {
  readonly source: AudioSource;
  readonly pcm: Int16Array;
  takenSamples: number;
}

/**
 * Answer audio that waits for its turn, in order, each sample knowing its source.
 *
 * Bounded by `capacitySamples`: what doesn't fit is refused at the end of the queue, so that what is heard is never
 * shortened in the middle.
 */
export class PlayoutQueue {
  readonly #capacitySamples: number;
  readonly #segments: Segment[] = [];
  #headIndex = 0;
  #queuedSamples = 0;

  constructor(capacitySamples: number) {
    this.#capacitySamples = capacitySamples;
  }

  get queuedSamples(): number {
    return this.#queuedSamples;
  }

  /** Appends audio; answers how many samples had no room and were refused. */
  push(source: AudioSource, pcm: Int16Array): number {
    const acceptedSamples = Math.min(pcm.length, this.#capacitySamples - this.#queuedSamples);
    if (acceptedSamples > 0) {
      this.#segments.push({ source, pcm: pcm.subarray(0, acceptedSamples), takenSamples: 0 });
      this.#queuedSamples += acceptedSamples;
    }
    return pcm.length - acceptedSamples;
  }

  /** Whose audio is next; `undefined` when nothing waits. */
  get nextSource(): AudioSource | undefined {
    return this.#segments[this.#headIndex]?.source;
  }

  /**
   * Fills `target` from `startSamples` on with audio of {@link nextSource} alone, as far as it goes without a seam;
   * answers how many samples that were. What comes behind them is for the next call.
   */
  take(target: Int16Array, startSamples: number): number {
    const segment = this.#segments[this.#headIndex];
    if (segment === undefined) return 0;
    const { pcm, takenSamples } = segment;
    const samples = Math.min(pcm.length - takenSamples, target.length - startSamples);
    // By hand: a view for `set` would be made for every frame.
    for (let index = 0; index < samples; index += 1)
      target[startSamples + index] = pcm[takenSamples + index] ?? 0;
    segment.takenSamples += samples;
    this.#queuedSamples -= samples;
    if (segment.takenSamples === pcm.length) this.#forgetHead();
    return samples;
  }

  /** Drops everything that waits; answers how many samples that were. */
  clear(): number {
    const droppedSamples = this.#queuedSamples;
    this.#segments.length = 0;
    this.#headIndex = 0;
    this.#queuedSamples = 0;
    return droppedSamples;
  }

  /** Segments before the head are let go in batches, so that taking stays cheap for long answers. */
  #forgetHead(): void {
    this.#headIndex += 1;
    if (this.#headIndex === this.#segments.length) {
      this.#segments.length = 0;
      this.#headIndex = 0;
    } else if (this.#headIndex >= 64) {
      this.#segments.splice(0, this.#headIndex);
      this.#headIndex = 0;
    }
  }
}
