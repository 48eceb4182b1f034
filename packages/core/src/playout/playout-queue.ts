/** Identifies a stretch of answer audio: which response, item and content part it belongs to. */
export interface AudioSource {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
}

/** A stretch of one source that was taken out for playing. */
export interface PlayedStretch {
  readonly source: AudioSource;
  readonly samples: number;
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

  /** Fills `target` from the front and tells which sources it came from; what is missing at the end is silence. */
  take(target: Int16Array): readonly PlayedStretch[] {
    // Nearly always one: an array made for one is much smaller than one that grows.
    let stretches: PlayedStretch[] | undefined;
    let filledSamples = 0;
    while (filledSamples < target.length) {
      const segment = this.#segments[this.#headIndex];
      if (segment === undefined) break;
      const samples = Math.min(
        segment.pcm.length - segment.takenSamples,
        target.length - filledSamples,
      );
      // By hand: a view for `set` would be made for every frame.
      for (let index = 0; index < samples; index += 1)
        target[filledSamples + index] = segment.pcm[segment.takenSamples + index] ?? 0;
      segment.takenSamples += samples;
      filledSamples += samples;
      const stretch = { source: segment.source, samples };
      if (stretches === undefined) stretches = [stretch];
      else stretches.push(stretch);
      if (segment.takenSamples === segment.pcm.length) this.#headIndex += 1;
    }
    target.fill(0, filledSamples);
    this.#queuedSamples -= filledSamples;
    this.#forgetTaken();
    return stretches ?? [];
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
  #forgetTaken(): void {
    if (this.#headIndex === this.#segments.length) {
      this.#segments.length = 0;
      this.#headIndex = 0;
    } else if (this.#headIndex >= 64) {
      this.#segments.splice(0, this.#headIndex);
      this.#headIndex = 0;
    }
  }
}
