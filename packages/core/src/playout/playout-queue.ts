import { PCM_BLOCK_SAMPLES, PcmBlocks } from '../audio/pcm-blocks.ts';

/** Identifies a stretch of answer audio: which response, item and content part it belongs to. */
export interface AudioSource {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
}

interface Segment {
  readonly source: AudioSource;
  /** Of it, what still waits. */
  samples: number;
}

/**
 * Answer audio that waits for its turn, in order, each sample knowing its source.
 *
 * Bounded by `capacitySamples`: what doesn't fit is refused at the end of the queue, so that what is heard is never
 * shortened in the middle.
 */
export class PlayoutQueue {
  readonly #capacitySamples: number;
  readonly #blocks: PcmBlocks;
  readonly #segments: Segment[] = [];
  #headIndex = 0;
  /** The samples of all segments, one after the other: from a place in the first block to one in the last. */
  readonly #pcm: Int16Array[] = [];
  #startInFirst = 0;
  #endInLast = PCM_BLOCK_SAMPLES;
  #queuedSamples = 0;

  /** @param blocks - Where it has the room from for what waits. */
  constructor(capacitySamples: number, blocks = new PcmBlocks()) {
    this.#capacitySamples = capacitySamples;
    this.#blocks = blocks;
  }

  get queuedSamples(): number {
    return this.#queuedSamples;
  }

  /** Appends a copy of the audio; answers how many samples had no room and were refused. */
  push(source: AudioSource, pcm: Int16Array): number {
    const acceptedSamples = Math.min(pcm.length, this.#capacitySamples - this.#queuedSamples);
    if (acceptedSamples > 0) {
      this.#segments.push({ source, samples: acceptedSamples });
      this.#append(pcm, acceptedSamples);
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
    const samples = Math.min(segment.samples, target.length - startSamples);
    this.#remove(target, startSamples, startSamples + samples);
    segment.samples -= samples;
    this.#queuedSamples -= samples;
    if (segment.samples === 0) this.#forgetHead();
    return samples;
  }

  /** Drops everything that waits; answers how many samples that were. */
  clear(): number {
    const droppedSamples = this.#queuedSamples;
    this.#segments.length = 0;
    this.#headIndex = 0;
    this.#queuedSamples = 0;
    for (const block of this.#pcm.splice(0)) this.#blocks.give(block);
    this.#startInFirst = 0;
    this.#endInLast = PCM_BLOCK_SAMPLES;
    return droppedSamples;
  }

  #append(pcm: Int16Array, samples: number): void {
    for (let done = 0; done < samples; ) {
      if (this.#endInLast === PCM_BLOCK_SAMPLES) {
        this.#pcm.push(this.#blocks.take());
        this.#endInLast = 0;
      }
      const next = Math.min(samples, done + PCM_BLOCK_SAMPLES - this.#endInLast);
      this.#pcm.at(-1)?.set(pcm.subarray(done, next), this.#endInLast);
      this.#endInLast += next - done;
      done = next;
    }
  }

  /** Moves the first samples to `target`, from `start` to `end`. */
  #remove(target: Int16Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const block = this.#pcm[0];
      if (block === undefined) return;
      const next = Math.min(end, at + PCM_BLOCK_SAMPLES - this.#startInFirst);
      // By hand: a view for `set` would be made for every frame.
      for (; at < next; at += 1, this.#startInFirst += 1)
        target[at] = block[this.#startInFirst] ?? 0;
      if (this.#startInFirst < PCM_BLOCK_SAMPLES) return;
      this.#pcm.shift();
      this.#blocks.give(block);
      this.#startInFirst = 0;
    }
  }

  /** Segments before the head are let go in batches, so that taking stays cheap for long answers. */
  #forgetHead(): void {
    this.#headIndex += 1;
    if (this.#headIndex === this.#segments.length) {
      this.clear();
    } else if (this.#headIndex >= 64) {
      this.#segments.splice(0, this.#headIndex);
      this.#headIndex = 0;
    }
  }
}
