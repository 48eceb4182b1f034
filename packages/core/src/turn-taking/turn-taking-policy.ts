import type { DuckPolicy } from './duck-policy.ts';
import type { EchoMode } from './echo-guard.ts';
import { SPEECH_ONSET_DEFAULTS } from './speech-onset.ts';

/** What Prism itself does about who speaks, beside what the upstream decides. All times in ms. */
export interface TurnTakingPolicy {
  /** The one switch: false is as if nobody listened here. Mute and hold work all the same. */
  readonly isEnabled: boolean;
  /** Whether somebody who speaks over an answer makes it quieter until the upstream has decided. */
  readonly ducks: boolean;
  /** After an answer begins, speech is not taken for an interruption for so long. */
  readonly guardMs: number;
  /** Speech of this length stops an answer without the upstream's word; `undefined` leaves that to the upstream. */
  readonly ownConfirmMs: number | undefined;
  /** Voiced sound that makes an onset. More is later and surer. */
  readonly minSpeechMs: number;
  /** Sounds shorter than this over an answer are kept from the upstream; 0 lets it hear everything. */
  readonly backchannelMs: number;
  readonly echo: EchoMode;
}

export const TURN_TAKING_OFF: TurnTakingPolicy = {
  isEnabled: false,
  ducks: false,
  guardMs: 0,
  ownConfirmMs: undefined,
  minSpeechMs: SPEECH_ONSET_DEFAULTS.minSpeechMs,
  backchannelMs: 0,
  echo: 'off',
};

/** Chosen by `node bench/turn-taking/run.mjs`; `docs/guides/turn-taking.md` has its tables. */
export const TURN_TAKING_DEFAULTS: TurnTakingPolicy = {
  isEnabled: true,
  ducks: true,
  guardMs: 300,
  ownConfirmMs: undefined,
  minSpeechMs: SPEECH_ONSET_DEFAULTS.minSpeechMs,
  backchannelMs: 0,
  echo: 'suppress',
};

/** Whether anybody needs to know here that somebody speaks. */
export function listensForSpeech(policy: TurnTakingPolicy): boolean {
  const { ducks, ownConfirmMs, backchannelMs } = policy;
  return policy.isEnabled && (ducks || ownConfirmMs !== undefined || backchannelMs > 0);
}

/** What the duck is to do. One that may only stop changes no volume. */
export function duckPolicyOf(policy: TurnTakingPolicy): Partial<DuckPolicy> {
  const { guardMs, ownConfirmMs } = policy;
  const isEnabled = listensForSpeech(policy);
  return { isEnabled, guardMs, ownConfirmMs, ...(policy.ducks ? {} : { duckDb: 0 }) };
}
