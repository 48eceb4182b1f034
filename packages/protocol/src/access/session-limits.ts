/** How much one session may take. What is `undefined` has no limit. */
export interface SessionLimits {
  /** From its opening to its end. */
  readonly sessionMs: number | undefined;
  /** While nobody speaks, neither the user nor the model. */
  readonly idleMs: number | undefined;
  /** Input and output of all responses and transcriptions together. */
  readonly tokens: number | undefined;
  /** Audio of the user and of the model together. */
  readonly audioMs: number | undefined;
  /** Millionths of a US dollar, by the price table. */
  readonly costMicroUsd: number | undefined;
  /** Whether the model says goodbye at a limit, or the session just ends. */
  readonly ending: 'spoken' | 'silent';
}

/** No limit at all. */
export const NO_LIMITS: SessionLimits = Object.freeze({
  sessionMs: undefined,
  idleMs: undefined,
  tokens: undefined,
  audioMs: undefined,
  costMicroUsd: undefined,
  ending: 'silent',
});
