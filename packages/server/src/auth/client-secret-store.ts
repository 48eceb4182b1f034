import { createHash } from 'node:crypto';
import type { SessionConfig } from '@prism/protocol';

/** What every client secret begins with; official SDKs look for it in browsers. */
export const CLIENT_SECRET_PREFIX = 'ek_';

/** Secrets remembered at a time, expired ones among them; beyond it those that expire first are forgotten. */
export const CLIENT_SECRET_COUNT_MAX = 10_000;

/** Characters of all bound sessions together, as JSON; beyond it the secrets that expire first are forgotten. */
export const CLIENT_SECRET_SESSION_CHARS_MAX = 64 * 1024 * 1024;

/** How long a secret may live, in seconds (Realtime reference, client secrets). */
export const CLIENT_SECRET_TTL_S = { min: 10, max: 7_200, default: 600 } as const;

/** How long an expired secret can still be told from one that never was. */
const EXPIRED_MEMORY_MS = 24 * 60 * 60 * 1000;

export interface ClientSecretStoreOptions {
  /** 32 random base62 characters. */
  readonly randomSuffix: () => string;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

export interface ClientSecretRequest {
  /** The configuration that sessions opened with the secret start from. */
  readonly session: SessionConfig | undefined;
  /** Within {@link CLIENT_SECRET_TTL_S}. */
  readonly ttlS: number;
}

export interface MintedClientSecret {
  /** `ek_…`; only the caller has it from now on. */
  readonly value: string;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

export type FoundClientSecret =
  | {
      readonly state: 'valid';
      /** Names the secret without opening anything. */
      readonly secretId: string;
      readonly session: SessionConfig | undefined;
    }
  | { readonly state: 'expired' | 'unknown' };

interface Entry {
  readonly expiresAtMs: number;
  /** As JSON, so that its size is known. */
  readonly sessionJson: string | undefined;
}

/** The client secrets of this process, by their SHA-256: what is kept opens nothing. */
export class ClientSecretStore {
  readonly #options: ClientSecretStoreOptions;
  readonly #entries = new Map<string, Entry>();
  #sessionChars = 0;
  #forgottenCount = 0;

  constructor(options: ClientSecretStoreOptions) {
    this.#options = options;
  }

  /** Secrets that were forgotten before their time, because there were too many. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Makes a secret. It may start any number of sessions until it expires. */
  mint({ session, ttlS }: ClientSecretRequest): MintedClientSecret {
    const sessionJson = session === undefined ? undefined : JSON.stringify(session);
    this.#makeRoomFor(sessionJson?.length ?? 0);
    const value = `${CLIENT_SECRET_PREFIX}${this.#options.randomSuffix()}`;
    const expiresAtS = Math.floor(this.#options.wallMs() / 1000) + ttlS;
    this.#entries.set(digestOf(value), { expiresAtMs: expiresAtS * 1000, sessionJson });
    this.#sessionChars += sessionJson?.length ?? 0;
    return { value, expiresAtS };
  }

  find(value: string): FoundClientSecret {
    const digest = digestOf(value);
    const entry = this.#entries.get(digest);
    if (entry === undefined) return { state: 'unknown' };
    const nowMs = this.#options.wallMs();
    if (nowMs < entry.expiresAtMs) {
      const { sessionJson } = entry;
      const session =
        sessionJson === undefined ? undefined : (JSON.parse(sessionJson) as SessionConfig);
      return { state: 'valid', secretId: digest, session };
    }
    if (nowMs < entry.expiresAtMs + EXPIRED_MEMORY_MS) return { state: 'expired' };
    this.#forget(digest, entry);
    return { state: 'unknown' };
  }

  #makeRoomFor(sessionChars: number): void {
    const isFull = (): boolean =>
      this.#entries.size >= CLIENT_SECRET_COUNT_MAX ||
      this.#sessionChars + sessionChars > CLIENT_SECRET_SESSION_CHARS_MAX;
    const nowMs = this.#options.wallMs();
    while (isFull()) {
      let soonest: readonly [string, Entry] | undefined;
      for (const candidate of this.#entries) {
        if (soonest === undefined || candidate[1].expiresAtMs < soonest[1].expiresAtMs)
          soonest = candidate;
      }
      if (soonest === undefined) return;
      if (nowMs < soonest[1].expiresAtMs) this.#forgottenCount += 1;
      this.#forget(...soonest);
    }
  }

  #forget(digest: string, entry: Entry): void {
    this.#entries.delete(digest);
    this.#sessionChars -= entry.sessionJson?.length ?? 0;
  }
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
