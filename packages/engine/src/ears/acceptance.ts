import type { FitEvidence } from './grammar-fit.ts';

/** The confidence from which on a sentence is accepted. */
export const ACCEPTED_RATIO = 0.5;

/**
 * Weights of a logistic regression over sentences inside and outside of the built-in grammars, in three voices, clean
 * and in noise, none of which `bench/recognition` asks; the bias refuses nearly all that is outside also in noise.
 */
const WEIGHTS = { bias: 21.04, loss: -0.303, worst: -0.0859, unexplained: -7.24 } as const;

/**
 * Judges how sure it is that a sentence was said.
 *
 * @returns 0 to 1.
 */
export function confidence(evidence: FitEvidence): number {
  const logit =
    WEIGHTS.bias +
    WEIGHTS.loss * evidence.lossPerFrame +
    WEIGHTS.worst * evidence.worstLossPerFrame +
    WEIGHTS.unexplained * evidence.unexplainedRatio;
  return 1 / (1 + Math.exp(-logit));
}
