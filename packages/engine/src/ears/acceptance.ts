import type { FitEvidence } from './grammar-fit.ts';

/** The confidence from which on a sentence is accepted. */
export const ACCEPTED_RATIO = 0.5;

/**
 * Weights of a logistic regression over sentences inside and outside of the built-in grammars, in three voices, clean
 * and in noise. `bench/recognition/acceptance` makes them, of sentences that `bench/recognition` doesn't ask.
 */
const WEIGHTS = {
  bias: 20,
  noise: -0.947,
  loss: -0.2528,
  worst: -0.1014,
  unexplained: -8.96,
} as const;
/** With this and more between speech and noise, the noise changes nothing. */
const CLEAN_DB = 30;
/** With this and less, it counts in full. */
const NOISY_DB = 12;

/** How noisy it is: 0 without noise that matters, 1 in noise, and if it isn't known. */
export function noiseRatio(signalToNoiseDb: number | undefined): number {
  const ratio = (CLEAN_DB - (signalToNoiseDb ?? NOISY_DB)) / (CLEAN_DB - NOISY_DB);
  return Math.min(1, Math.max(0, ratio));
}

/**
 * Judges how sure it is that a sentence was said. In noise other sentences fit better than they would, so that more is
 * asked of all.
 *
 * @param signalToNoiseDb - How far the noise is below the speech; undefined if it isn't known.
 * @returns 0 to 1.
 */
export function confidence(evidence: FitEvidence, signalToNoiseDb: number | undefined): number {
  const logit =
    WEIGHTS.bias +
    WEIGHTS.noise * noiseRatio(signalToNoiseDb) +
    WEIGHTS.loss * evidence.lossPerFrame +
    WEIGHTS.worst * evidence.worstLossPerFrame +
    WEIGHTS.unexplained * evidence.unexplainedRatio;
  return 1 / (1 + Math.exp(-logit));
}
