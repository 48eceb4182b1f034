import { PLAYOUT_QUEUE_MS_MAX } from '@prism/protocol';
import { SAMPLE_RATE_HZ } from '../audio/pcm.ts';

/** Whether somebody speaks is decided per 20 ms, and remembered per 60 ms. */
const BLOCK_SAMPLES = SAMPLE_RATE_HZ / 50;
const BLOCKS_PER_MARK = 3;
const MARK_SAMPLES = BLOCK_SAMPLES * BLOCKS_PER_MARK;
const MARK_COUNT_MAX = (PLAYOUT_QUEUE_MS_MAX * (SAMPLE_RATE_HZ / 1_000)) / MARK_SAMPLES;
/** Quieter than -50 dBFS is a pause. */
const SPOKEN_ENERGY_MIN = BLOCK_SAMPLES * 32_768 ** 2 * 10 ** -5;

/**
 * How much of a recording is speech up to each of its samples. Words advance with speech, not with the pauses and the
 * leading silence between them. Remembers 30 minutes; what comes after counts as pause, so that less is claimed.
 */
export class SpeechClock {
  /** Spoken blocks up to the end of each stretch of 60 ms. */
  readonly #marks: number[] = [];
  #spokenBlocks = 0;
  #blocks = 0;
  #blockSamples = 0;
  #blockEnergy = 0;
  #samples = 0;

  /** Length of the recording so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Speech in the recording so far, in samples. */
  get spokenSamples(): number {
    return this.#spokenBlocks * BLOCK_SAMPLES;
  }

  add(pcm: Int16Array): void {
    this.#samples += pcm.length;
    for (let at = 0; at < pcm.length; ) {
      const end = Math.min(pcm.length, at + BLOCK_SAMPLES - this.#blockSamples);
      this.#blockSamples += end - at;
      for (; at < end; at += 1) this.#blockEnergy += (pcm[at] ?? 0) ** 2;
      if (this.#blockSamples === BLOCK_SAMPLES) this.#endBlock();
    }
  }

  /** Speech within the first `samples`, rounded down to what is remembered. */
  spokenWithin(samples: number): number {
    const mark = Math.min(Math.floor(samples / MARK_SAMPLES), this.#marks.length) - 1;
    return (this.#marks[mark] ?? 0) * BLOCK_SAMPLES;
  }

  #endBlock(): void {
    if (this.#blockEnergy >= SPOKEN_ENERGY_MIN && this.#marks.length < MARK_COUNT_MAX) {
      this.#spokenBlocks += 1;
    }
    this.#blockSamples = 0;
    this.#blockEnergy = 0;
    this.#blocks += 1;
    if (this.#blocks % BLOCKS_PER_MARK === 0 && this.#marks.length < MARK_COUNT_MAX) {
      this.#marks.push(this.#spokenBlocks);
    }
  }
}
