import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** A window with less power than this is silence: well under the quietest consonant, over the noise of synthesis. */
const SILENCE_DBFS_MAX = -55;

/** Length of the windows that are judged. */
const WINDOW_SAMPLES = 5 * SAMPLES_PER_MS;

/** What stays before the first window that is no silence: an onset rises over some milliseconds. */
const GUARD_SAMPLES = 20 * SAMPLES_PER_MS;

/** Most that is trimmed of one item; a longer pause was meant. */
const TRIM_SAMPLES_MAX = 1_500 * SAMPLES_PER_MS;

const FULL_SCALE = 32_768;
const SILENCE_POWER_MAX = FULL_SCALE ** 2 * 10 ** (SILENCE_DBFS_MAX / 10);

const NOTHING = new Int16Array(0);

/**
 * Takes the leading silence off one item's audio, as it comes in pieces.
 *
 * Of the silence the last 20 ms always stay: held back until it is known what follows, and then played before it.
 * From the first sound on, or once 1,500 ms are gone, everything passes as it is.
 */
export class LeadingSilence {
  #held: Int16Array = NOTHING;
  #trimmedSamples = 0;
  #isOver = false;

  /** True once everything passes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get trimmedSamples(): number {
    return this.#trimmedSamples;
  }

  /** Takes the item's next audio; answers what is to be played now, which may be nothing. */
  push(pcm: Int16Array): Int16Array {
    if (this.#isOver) return pcm;
    const onset = onsetOf(pcm);
    const audio = joined(this.#held, pcm);
    const silenceSamples = onset === undefined ? audio.length : this.#held.length + onset;
    const leftToTrimSamples = TRIM_SAMPLES_MAX - this.#trimmedSamples;
    const trimmedSamples = Math.min(leftToTrimSamples, Math.max(0, silenceSamples - GUARD_SAMPLES));
    this.#trimmedSamples += trimmedSamples;
    const rest = audio.subarray(trimmedSamples);
    this.#isOver = onset !== undefined || trimmedSamples === leftToTrimSamples;
    // The caller has `pcm` for the call alone.
    this.#held = this.#isOver ? NOTHING : rest.slice();
    return this.#isOver ? rest : NOTHING;
  }

  /** The item ends, or other audio comes: what is still held is to be played. */
  finish(): Int16Array {
    const held = this.#held;
    this.#isOver = true;
    this.#held = NOTHING;
    return held;
  }
}

/** Where the first window begins that is no silence. */
function onsetOf(pcm: Int16Array): number | undefined {
  for (let start = 0; start < pcm.length; start += WINDOW_SAMPLES) {
    const end = Math.min(pcm.length, start + WINDOW_SAMPLES);
    let energy = 0;
    for (let index = start; index < end; index += 1) energy += (pcm[index] ?? 0) ** 2;
    if (energy > SILENCE_POWER_MAX * (end - start)) return start;
  }
  return undefined;
}

function joined(first: Int16Array, second: Int16Array): Int16Array {
  if (first.length === 0) return second;
  const both = new Int16Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
