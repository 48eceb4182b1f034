import { SAMPLES_PER_MS } from './pcm.ts';

/** Length of one block: answers come in pieces of about that, and half a block is wasted for each. */
export const PCM_BLOCK_SAMPLES = 100 * SAMPLES_PER_MS;

/** Blocks kept for use again, 5 MB: as much as answers of a hundred sessions have waiting. More are let go. */
const SPARE_COUNT_MAX = 1_024;

/**
 * Room for audio that waits, used again and again by all sessions.
 *
 * An array for each piece of an answer waits for seconds, and by that outlives the young generation: the heap then
 * grows by 50 kB per second of speech until everything is collected.
 */
export class PcmBlocks {
  readonly #spares: Int16Array[] = [];

  /** A block of {@link PCM_BLOCK_SAMPLES}, with anything in it. */
  take(): Int16Array {
    return this.#spares.pop() ?? new Int16Array(PCM_BLOCK_SAMPLES);
  }

  /** Takes a block back. */
  give(block: Int16Array): void {
    if (this.#spares.length < SPARE_COUNT_MAX) this.#spares.push(block);
  }
}
