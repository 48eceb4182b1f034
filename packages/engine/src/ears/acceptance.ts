import type { FitEvidence } from './grammar-fit.ts';

/** The confidence from which on a sentence is accepted. */
export const ACCEPTED_RATIO = 0.5;

/**
 * Weights of a logistic regression over sentences inside and outside of the built-in grammars, in three voices, clean
 * and in noise, none of which `bench/recognition` asks. The bias lets one in a hundred of what is outside pass, and in
 * noise one in ten of what begins like a sentence inside.
 */
const WEIGHTS = { bias: 21.94, loss: -0.303, worst: -0.0859, unexplained: -7.24 } as const;

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
