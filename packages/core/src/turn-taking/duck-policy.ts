import { invariant } from '../errors/invariant.ts';

/** What a speaker over an answer does to it. All times in ms. */
export interface DuckPolicy {
  /** The one switch: false leaves everything to the upstream, as if nobody listened here. */
  readonly isEnabled: boolean;
  /** Volume of a ducked answer, in dB. */
  readonly duckDb: number;
  /** How long the volume takes down, and up again. */
  readonly downRampMs: number;
  readonly upRampMs: number;
  /** After an answer begins, speech is not taken for an interruption for so long. */
  readonly guardMs: number;
  /** A duck that nobody confirms ends after so long. */
  readonly confirmWithinMs: number;
  /** And, when the speaker has fallen silent, after so long. */
  readonly silenceRestoresMs: number;
  /** Speech of this length stops the answer without the upstream's word; `undefined` leaves that to the upstream. */
  readonly ownConfirmMs: number | undefined;
}

export const DUCK_DEFAULTS: DuckPolicy = {
  isEnabled: true,
  duckDb: -20,
  downRampMs: 10,
  upRampMs: 200,
  guardMs: 300,
  confirmWithinMs: 800,
  silenceRestoresMs: 300,
  ownConfirmMs: undefined,
};

/** Completes a policy with its defaults. A bug in the caller's validation throws. */
export function duckPolicy(options: Partial<DuckPolicy>): DuckPolicy {
  const policy = { ...DUCK_DEFAULTS, ...options };
  invariant(policy.duckDb <= 0, 'a duck makes nothing louder');
  const { downRampMs, upRampMs, guardMs, confirmWithinMs, silenceRestoresMs } = policy;
  for (const ms of [downRampMs, upRampMs, guardMs, confirmWithinMs, silenceRestoresMs]) {
    invariant(ms >= 0, 'times of the duck policy are not negative');
  }
  return policy;
}
