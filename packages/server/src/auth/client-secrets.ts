import type { PrismErrorInfo } from '@prism/protocol';
import { GrantShelf } from './grant-shelf.ts';
import type { SealedClaims, SecretClaims, SecretGrants, SecretSeal } from './secret-claims.ts';
import type { UseLedger } from './use-ledger.ts';

/** What every client secret begins with; official SDKs look for it in browsers. */
export const CLIENT_SECRET_PREFIX = 'ek_';

/** Characters of a secret. Proxies take headers of 8 KiB, and beside this one there are others. */
export const CLIENT_SECRET_CHARS_MAX = 6 * 1024;

/** How long a secret may live, in seconds (Realtime reference, client secrets). */
export const CLIENT_SECRET_TTL_S = { min: 10, max: 7_200, default: 600 } as const;

/** How long an expired secret can still be told from one that never was. */
const EXPIRED_MEMORY_MS = 24 * 60 * 60 * 1000;

export interface ClientSecretsOptions {
  readonly seal: SecretSeal;
  readonly uses: UseLedger;
  /** Names this deployment: secrets of others are refused. */
  readonly audience: string;
  /** 32 random base62 characters. */
  readonly newSecretId: () => string;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

export interface MintedClientSecret {
  /** `ek_…`; only the caller has it from now on. */
  readonly value: string;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

export type Minting =
  | { readonly isMinted: true; readonly secret: MintedClientSecret }
  | { readonly isMinted: false; readonly error: PrismErrorInfo };

export type FoundClientSecret =
  /** `expired`: it opens nothing any more; its calls may go on. */
  | { readonly state: 'valid' | 'expired'; readonly claims: SecretClaims }
  | { readonly state: 'unknown' };

/**
 * Makes and reads client secrets. What one carries is encrypted into it, so that nothing is kept here but the count of
 * those that may be used a number of times, and grants that are too large for a header.
 */
export class ClientSecrets {
  readonly #options: ClientSecretsOptions;
  readonly #shelf: GrantShelf;

  constructor(options: ClientSecretsOptions) {
    this.#options = options;
    this.#shelf = new GrantShelf(options.wallMs);
  }

  /** Grants that were forgotten before their time, because there was too much of them. */
  get forgottenCount(): number {
    return this.#shelf.forgottenCount;
  }

  /**
   * Makes a secret.
   *
   * @param keyId - The key on whose account, if keys are asked for.
   * @param expiresAtSMax - Unix seconds; the key's own end.
   */
  async mint(
    grants: SecretGrants,
    { keyId, ttlS, expiresAtSMax = Number.POSITIVE_INFINITY }: MintTerms,
  ): Promise<Minting> {
    const { audience, newSecretId, seal, uses, wallMs } = this.#options;
    if (grants.usesMax !== undefined && !uses.hasRoom())
      return { isMinted: false, error: USES_NOT_COUNTED };
    const expiresAtS = Math.min(Math.floor(wallMs() / 1000) + ttlS, expiresAtSMax);
    const identity = { id: newSecretId(), audience, expiresAtS };
    const claims: SecretClaims = { ...identity, keyId, grants };
    const whole = await this.#seal(claims);
    if (whole.length <= CLIENT_SECRET_CHARS_MAX)
      return { isMinted: true, secret: { value: whole, expiresAtS } };
    this.#shelf.put(identity.id, JSON.stringify(claims), expiresAtS * 1000);
    const value = `${CLIENT_SECRET_PREFIX}${await seal.seal({ ...identity, isKept: true })}`;
    return { isMinted: true, secret: { value, expiresAtS } };
  }

  /** Reads a secret, whatever it is. Never throws, and looks at nothing but the length of what is too long. */
  async find(value: string): Promise<FoundClientSecret> {
    if (value.length > CLIENT_SECRET_CHARS_MAX) return { state: 'unknown' };
    const { seal, audience, wallMs } = this.#options;
    const sealed = await seal.open(value.slice(CLIENT_SECRET_PREFIX.length));
    if (sealed?.audience !== audience) return { state: 'unknown' };
    const expiredForMs = wallMs() - sealed.expiresAtS * 1000;
    if (expiredForMs >= EXPIRED_MEMORY_MS) return { state: 'unknown' };
    const claims = this.#complete(sealed);
    if (claims === undefined) return { state: 'unknown' };
    return { state: expiredForMs >= 0 ? 'expired' : 'valid', claims };
  }

  /** The id of a secret that only its maker can judge, who counts its uses or keeps its grants. Never throws. */
  async ownedIdOf(value: string): Promise<string | undefined> {
    if (!value.startsWith(CLIENT_SECRET_PREFIX) || value.length > CLIENT_SECRET_CHARS_MAX)
      return undefined;
    const { seal, audience } = this.#options;
    const sealed = await seal.open(value.slice(CLIENT_SECRET_PREFIX.length));
    if (sealed?.audience !== audience) return undefined;
    return 'isKept' in sealed || sealed.grants.usesMax !== undefined ? sealed.id : undefined;
  }

  #complete(sealed: SealedClaims): SecretClaims | undefined {
    if (!('isKept' in sealed)) return sealed;
    const json = this.#shelf.get(sealed.id);
    return json === undefined ? undefined : this.#options.seal.readKept(json);
  }

  async #seal(claims: SecretClaims): Promise<string> {
    return `${CLIENT_SECRET_PREFIX}${await this.#options.seal.seal(claims)}`;
  }
}

/** On whose account a secret is made, and for how long. */
export interface MintTerms {
  readonly keyId: string | undefined;
  /** Within {@link CLIENT_SECRET_TTL_S}. */
  readonly ttlS: number;
  readonly expiresAtSMax?: number | undefined;
}

export const USES_NOT_COUNTED: PrismErrorInfo = {
  code: 'client_secret_uses_not_counted',
  message: 'Too many client secrets with a number of uses are out.',
};
