import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** A window with less power than this is silence: well under the quietest consonant, over the noise of synthesis. */
const SILENCE_DBFS_MAX = -55;

/** Length of the windows that are judged. */
const WINDOW_SAMPLES = 5 * SAMPLES_PER_MS;

/**
 * What stays before the sound. A browser that has played out fades the first 10 ms of what comes next in, unless they
 * are as quiet as what was: with less, it would be the sound that is faded (`bench/onset`).
 */
const GUARD_SAMPLES = 10 * SAMPLES_PER_MS;

/** Silence that is held back until it is known what follows: the noise is judged by it. */
const HELD_SAMPLES_MAX = 100 * SAMPLES_PER_MS;

/** Length of the windows in which the beginning of a soft sound is looked for. */
const SOFT_WINDOW_SAMPLES = 2.5 * SAMPLES_PER_MS;

/** So far back a sound may begin softly: the longest fricative. */
const SOFT_WINDOW_COUNT_MAX = 24;

/** So many windows below the limit may be within a soft sound: between two pulses of a voice of 100 Hz. */
const SOFT_GAP_WINDOW_COUNT_MAX = 4;

/** With fewer windows before the sound than these the noise isn't known. */
const NOISE_WINDOW_COUNT_MIN = 8;

/** A soft sound is louder than this, which nobody hears beside a voice at -20 dBFS, and this much over the noise. */
const SOFT_DBFS_MIN = -68;
const SOFT_OVER_NOISE_DB = 6;

/** Most that is trimmed of one item; a longer pause was meant. */
const TRIM_SAMPLES_MAX = 1_500 * SAMPLES_PER_MS;

const FULL_SCALE = 32_768;
const SILENCE_POWER_MAX = FULL_SCALE ** 2 * 10 ** (SILENCE_DBFS_MAX / 10);
const SOFT_POWER_MIN = FULL_SCALE ** 2 * 10 ** (SOFT_DBFS_MIN / 10);
const SOFT_OVER_NOISE_RATIO = 10 ** (SOFT_OVER_NOISE_DB / 10);

const NOTHING = new Int16Array(0);

/**
 * Takes the leading silence off one item's audio, as it comes in pieces.
 *
 * The last 100 ms are held back until it is known what follows. Before the first sound 10 ms stay of them, and what of
 * it is softer than a sound but louder than the noise. From there on, or once 1,500 ms are gone, everything passes as it
 * is.
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
    const dispensableSamples =
      onset === undefined
        ? audio.length - HELD_SAMPLES_MAX
        : beginOf(audio, this.#held.length + onset) - GUARD_SAMPLES;
    const rest = this.#leaveOut(audio, dispensableSamples);
    this.#isOver = onset !== undefined || this.#trimmedSamples === TRIM_SAMPLES_MAX;
    // The caller has `pcm` for the call alone.
    this.#held = this.#isOver ? NOTHING : rest.slice();
    return this.#isOver ? rest : NOTHING;
  }

  /** The item ends, or other audio comes: the last of what is held is to be played. */
  finish(): Int16Array {
    const last = this.#leaveOut(this.#held, this.#held.length - GUARD_SAMPLES);
    this.#isOver = true;
    this.#held = NOTHING;
    return last;
  }

  /** Nothing of the item is to be played. Answers how much was held. */
  drop(): number {
    const { length } = this.#held;
    this.#isOver = true;
    this.#held = NOTHING;
    return length;
  }

  /** Trims so much from the beginning, as far as that is allowed; answers what stays. */
  #leaveOut(audio: Int16Array, dispensableSamples: number): Int16Array {
    const leftToTrimSamples = TRIM_SAMPLES_MAX - this.#trimmedSamples;
    const trimmedSamples = Math.min(leftToTrimSamples, Math.max(0, dispensableSamples));
    this.#trimmedSamples += trimmedSamples;
    return audio.subarray(trimmedSamples);
  }
}

/** Where the first window begins that is no silence. */
function onsetOf(pcm: Int16Array): number | undefined {
  for (let start = 0; start < pcm.length; start += WINDOW_SAMPLES) {
    const end = Math.min(pcm.length, start + WINDOW_SAMPLES);
    if (powerOf(pcm, start, end) > SILENCE_POWER_MAX) return start;
  }
  return undefined;
}

/**
 * Where the sound begins of which the window from `loud` on is the first that is no silence: within it, or further back,
 * where it is soft, as breath is and `f`, but over the noise of the silence. That is the power which a quarter of the
 * windows have at most: of the others many may be the soft sound.
 */
function beginOf(audio: Int16Array, loud: number): number {
  const end = Math.min(audio.length, loud + WINDOW_SAMPLES);
  const start = Math.max(0, end - HELD_SAMPLES_MAX);
  const powers: number[] = [];
  for (let at = end - SOFT_WINDOW_SAMPLES; at >= start; at -= SOFT_WINDOW_SAMPLES)
    powers.push(powerOf(audio, at, at + SOFT_WINDOW_SAMPLES));
  const noisePower = powers.length < NOISE_WINDOW_COUNT_MIN ? 0 : lowerQuartileOf(powers);
  const softPowerMin = Math.max(SOFT_POWER_MIN, SOFT_OVER_NOISE_RATIO * noisePower);
  const powerMin = Math.min(SILENCE_POWER_MAX, softPowerMin);
  let soundCount = 1;
  let quietCount = 0;
  for (const [index, power] of powers.slice(0, SOFT_WINDOW_COUNT_MAX).entries()) {
    if (power > powerMin) soundCount = index + 1;
    quietCount = power > powerMin ? 0 : quietCount + 1;
    if (quietCount > SOFT_GAP_WINDOW_COUNT_MAX) break;
  }
  return Math.max(0, end - soundCount * SOFT_WINDOW_SAMPLES);
}

/** Mean power of these samples. */
function powerOf(pcm: Int16Array, start: number, end: number): number {
  let energy = 0;
  for (let index = start; index < end; index += 1) energy += (pcm[index] ?? 0) ** 2;
  return energy / (end - start);
}

function lowerQuartileOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 2] ?? 0;
}

function joined(first: Int16Array, second: Int16Array): Int16Array {
  if (first.length === 0) return second;
  const both = new Int16Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
