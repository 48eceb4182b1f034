import { createHmac } from 'node:crypto';

export interface TurnOptions {
  /** `turn:` and `turns:` URLs of the relays, and `stun:` ones. */
  readonly urls: readonly string[];
  /** What Prism and the relays share; coturn calls it `static-auth-secret`. */
  readonly secret: string;
  readonly ttlS: number;
  /** Names one user to the relay's log and quota; nobody else's name. */
  readonly newUserName: () => string;
  readonly wallMs: () => number;
}

/** One entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Servers for one client, and for how long. */
export interface MintedIceServers {
  readonly iceServers: readonly IceServer[];
  /** Seconds in which a relay takes a new allocation with them. */
  readonly ttlS: number;
}

/**
 * Short-lived credentials for an external TURN server (draft-uberti-behave-turn-rest, "TURN REST API"): the user name
 * is the time of expiry and a name, the password its HMAC-SHA1 under the shared secret. The relay keeps no users.
 */
export class TurnCredentials {
  readonly #options: TurnOptions | undefined;

  /** Without options there is no relay, and nobody is told of one. */
  constructor(options: TurnOptions | undefined) {
    this.#options = options;
  }

  mint(): MintedIceServers {
    if (this.#options === undefined) return { iceServers: [], ttlS: 0 };
    const { urls, secret, ttlS, newUserName, wallMs } = this.#options;
    const username = `${Math.floor(wallMs() / 1_000) + ttlS}:${newUserName()}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    const stunUrls = urls.filter((url) => url.startsWith('stun'));
    const turnUrls = urls.filter((url) => url.startsWith('turn'));
    return {
      iceServers: [
        ...(stunUrls.length === 0 ? [] : [{ urls: stunUrls }]),
        ...(turnUrls.length === 0 ? [] : [{ urls: turnUrls, username, credential }]),
      ],
      ttlS,
    };
  }
}
