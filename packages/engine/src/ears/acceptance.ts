import type { FitEvidence } from './grammar-fit.ts';

/** Whether a sentence was said, and how sure that is. */
export interface Acceptance {
  readonly isAccepted: boolean;
  /** 0 to 1; accepted from {@link ACCEPTED_RATIO} up. */
  readonly confidenceRatio: number;
}

/** The confidence from which on a sentence is accepted. */
export const ACCEPTED_RATIO = 0.5;

const WEIGHTS = { bias: 6, loss: -0.5, worst: -0.2, unexplained: -4, phoneError: -4 } as const;

/** Judges the evidence by logistic regression. */
export function judgeFit(evidence: FitEvidence): Acceptance {
  if (evidence.wordFrameCount === 0) return { isAccepted: false, confidenceRatio: 0 };
  const logit =
    WEIGHTS.bias +
    WEIGHTS.loss * evidence.lossPerFrame +
    WEIGHTS.worst * evidence.worstWordLossPerFrame +
    WEIGHTS.unexplained * evidence.unexplainedRatio +
    WEIGHTS.phoneError * evidence.phoneErrorRatio;
  const confidenceRatio = 1 / (1 + Math.exp(-logit));
  return { isAccepted: confidenceRatio >= ACCEPTED_RATIO, confidenceRatio };
}
