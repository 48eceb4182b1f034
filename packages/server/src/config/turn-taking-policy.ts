import type { TurnTakingPolicy } from '@prism/core';
import type { Settings } from './settings.ts';

/** What a session does about who speaks, as the settings say. */
export function turnTakingPolicyOf(settings: Settings): TurnTakingPolicy {
  return {
    isEnabled: settings.takesTurns,
    ducks: settings.ducks,
    guardMs: settings.duckGuardMs,
    ownConfirmMs: settings.ownConfirmMs === 0 ? undefined : settings.ownConfirmMs,
    minSpeechMs: settings.minSpeechMs,
    backchannelMs: settings.backchannelMs,
    echo: settings.echoMode,
  };
}
