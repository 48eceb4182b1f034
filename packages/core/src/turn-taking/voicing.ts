import { SAMPLE_RATE_HZ } from '../audio/pcm.ts';

/** Samples at 24 kHz that make one sample of the low band at 3 kHz. */
export const LOW_BAND_DECIMATION = 8;
const LOW_BAND_RATE_HZ = SAMPLE_RATE_HZ / LOW_BAND_DECIMATION;

/** Pitch of voices, as lags at 3 kHz: 430 Hz down to 79 Hz. */
const PITCH_LAG_MIN = 7;
const PITCH_LAG_MAX = 38;
/** Whistles, beeps and ringing metal repeat at shorter lags than any voice does. */
const TONE_LAG_MIN = 3;
/** Samples compared: 20 ms, two periods of a low voice. */
const WINDOW = (LOW_BAND_RATE_HZ * 20) / 1_000;
const HISTORY = WINDOW + PITCH_LAG_MAX;
/** A tone is as alike at a lag too short for a voice as at the best lag of a voice, if its period is near a whole one. */
const TONE_LIKENESS_RATIO = 0.97;

/**
 * How much the last 30 ms of the low band (160–1,500 Hz) repeat themselves at a voice's pitch: normalised
 * autocorrelation. Voices do, at 0.6 and more; clicks, breath, keys and wind don't.
 */
export class Voicing {
  /** The newest samples last. */
  readonly #history = new Float64Array(HISTORY);

  /** Moves the history on by the samples of one hop at 3 kHz. */
  add(lowBand: Float64Array): void {
    this.#history.copyWithin(0, lowBand.length);
    this.#history.set(lowBand, HISTORY - lowBand.length);
  }

  /** 0 for no pitch, up to 1 for an exact repetition. About 2 µs of work: ask only when something is loud. */
  periodicity(): number {
    const history = this.#history;
    let windowEnergy = 0;
    for (let i = HISTORY - WINDOW; i < HISTORY; i += 1) windowEnergy += (history[i] ?? 0) ** 2;
    if (windowEnergy === 0) return 0;
    let laggedEnergy = windowEnergy;
    for (let lag = 1; lag < TONE_LAG_MIN; lag += 1) laggedEnergy += this.#slide(lag);
    let bestTone = 0;
    let bestVoice = 0;
    for (let lag = TONE_LAG_MIN; lag <= PITCH_LAG_MAX; lag += 1) {
      laggedEnergy += this.#slide(lag);
      let product = 0;
      for (let i = HISTORY - WINDOW; i < HISTORY; i += 1) {
        product += (history[i] ?? 0) * (history[i - lag] ?? 0);
      }
      if (product <= 0) continue;
      const likeness = product / Math.sqrt(windowEnergy * Math.max(laggedEnergy, 1e-9));
      if (lag < PITCH_LAG_MIN) bestTone = Math.max(bestTone, likeness);
      else bestVoice = Math.max(bestVoice, likeness);
    }
    return bestTone > bestVoice * TONE_LIKENESS_RATIO ? 0 : bestVoice;
  }

  /** What the energy of the lagged window gains when it moves back by its `lag`-th step. */
  #slide(lag: number): number {
    const first = this.#history[HISTORY - WINDOW - lag] ?? 0;
    const last = this.#history[HISTORY - lag] ?? 0;
    return first * first - last * last;
  }
}
