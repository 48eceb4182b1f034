import type { FitEvidence } from './grammar-fit.ts';

/** The confidence from which on a sentence is accepted. */
export const ACCEPTED_RATIO = 0.5;

/**
 * Weights of a logistic regression over sentences inside and outside of a demo grammar, in four voices, clean and with
 * noise; `bench/recognition` measures what they are worth.
 */
const WEIGHTS = { bias: 12.3, loss: -0.142, worst: -0.062, unexplained: -5.9 } as const;

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
