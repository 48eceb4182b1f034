import { TurnCredentials } from '../auth/turn-credentials.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { randomSecretSuffix } from './random-ids.ts';
import { StartError } from './start-error.ts';

/**
 * The relays that clients are told; none without a secret, since credentials are made of it. Throws {@link StartError}
 * if it is missing.
 */
export function chooseRelays(settings: Settings): TurnCredentials {
  const { turnUrls: urls, turnSecret, turnTtlS: ttlS } = settings;
  if (urls.some((url) => url.startsWith('turn')) && turnSecret === undefined) {
    throw new StartError(
      'turn.urls names a TURN server, but turn.secret is missing: set PRISM_TURN_SECRET.',
    );
  }
  if (urls.length === 0) return new TurnCredentials(undefined);
  return new TurnCredentials({
    urls,
    secret: turnSecret?.reveal() ?? '',
    ttlS,
    newUserName: () => randomSecretSuffix().slice(0, 12),
    wallMs: () => systemClock.wallMs(),
  });
}
