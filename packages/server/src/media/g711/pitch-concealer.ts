import { SAMPLES_PER_MS } from '@prism/core';

/** Pitch of voices: 66 to 400 Hz. */
const PERIOD_SAMPLES_MIN = 2.5 * SAMPLES_PER_MS;
const PERIOD_SAMPLES_MAX = 15 * SAMPLES_PER_MS;

/** What is compared to find the period. */
const MATCH_SAMPLES = 10 * SAMPLES_PER_MS;

/** The last sound, long enough for a comparison one longest period earlier. */
const HISTORY_SAMPLES = PERIOD_SAMPLES_MAX + MATCH_SAMPLES;

/** After so long nothing is left of the sound (ITU-T G.711, appendix I). */
const FADE_SAMPLES = 60 * SAMPLES_PER_MS;

/** The real sound is faded in over what is concealed. */
const JOIN_SAMPLES = 2.5 * SAMPLES_PER_MS;

/** The comparison takes every third sample: that is all there is below 4 kHz. */
const STRIDE = 3;

/**
 * Continues the sound over a gap by repeating its last pitch period, fading out, in the manner of G.711, appendix I.
 */
export class PitchConcealer {
  readonly #history = new Int16Array(HISTORY_SAMPLES);
  #periodSamples = 0;
  #concealedSamples = 0;

  /** Takes what was decoded, and joins its beginning to what was concealed before it, in place. */
  heard(pcm: Int16Array): void {
    if (this.#concealedSamples > 0) {
      const joinSamples = Math.min(JOIN_SAMPLES, pcm.length);
      for (let index = 0; index < joinSamples; index += 1) {
        const share = index / joinSamples;
        pcm[index] = Math.round(share * (pcm[index] ?? 0) + (1 - share) * this.#next());
      }
      this.#concealedSamples = 0;
    }
    this.#keep(pcm);
  }

  /** Fills `target` with the sound going on. */
  conceal(target: Int16Array): void {
    if (this.#concealedSamples === 0) this.#periodSamples = this.#findPeriod();
    for (let index = 0; index < target.length; index += 1) target[index] = Math.round(this.#next());
  }

  #next(): number {
    const fade = Math.max(0, 1 - this.#concealedSamples / FADE_SAMPLES);
    const place =
      HISTORY_SAMPLES - this.#periodSamples + (this.#concealedSamples % this.#periodSamples);
    this.#concealedSamples += 1;
    return fade * (this.#history[place] ?? 0);
  }

  #keep(pcm: Int16Array): void {
    if (pcm.length >= HISTORY_SAMPLES) {
      this.#history.set(pcm.subarray(pcm.length - HISTORY_SAMPLES));
      return;
    }
    this.#history.copyWithin(0, pcm.length);
    this.#history.set(pcm, HISTORY_SAMPLES - pcm.length);
  }

  /** The distance at which the last sound is most like itself. */
  #findPeriod(): number {
    let bestSamples = PERIOD_SAMPLES_MAX;
    let best = 0;
    for (let period = PERIOD_SAMPLES_MIN; period <= PERIOD_SAMPLES_MAX; period += STRIDE) {
      const likeness = this.#likeness(period);
      if (likeness > best) {
        best = likeness;
        bestSamples = period;
      }
    }
    return bestSamples;
  }

  #likeness(periodSamples: number): number {
    let product = 0;
    let energy = 1;
    for (let back = 1; back <= MATCH_SAMPLES; back += STRIDE) {
      const earlier = this.#history[HISTORY_SAMPLES - back - periodSamples] ?? 0;
      product += (this.#history[HISTORY_SAMPLES - back] ?? 0) * earlier;
      energy += earlier * earlier;
    }
    return product / Math.sqrt(energy);
  }
}
