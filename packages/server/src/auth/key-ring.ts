import { isSameDigest, keyDigest } from './key-digest.ts';
import type { Scope } from './scopes.ts';

/** A server key as it is kept; none of this opens anything. */
export interface ServerKey {
  /** Names the key in logs, in usage and in the client secrets that it makes. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** {@link keyDigest} of the key. */
  readonly digest: string;
  readonly scopes: readonly Scope[];
  /** Unix seconds; undefined: it doesn't expire. */
  readonly expiresAtS: number | undefined;
  readonly isRevoked: boolean;
}

/** Keys at a time; each request is compared with all of them. */
export const SERVER_KEY_COUNT_MAX = 1_000;

/** A key from the settings: everything may be done with it. */
export function fullKey(key: string): ServerKey {
  const digest = keyDigest(key);
  return {
    id: `key_${digest.slice(7, 19)}`,
    label: 'settings',
    digest,
    scopes: ['admin'],
    expiresAtS: undefined,
    isRevoked: false,
  };
}

/** The server keys that count right now: those of the settings, and those of the file, which may change. */
export class KeyRing {
  readonly #fixed: readonly ServerKey[];
  readonly #wallMs: () => number;
  /** `undefined`: there is no file. */
  #fromFile: readonly ServerKey[] | undefined;

  constructor(options: {
    readonly fixed: readonly ServerKey[];
    readonly fromFile: readonly ServerKey[] | undefined;
    /** Milliseconds since 1970. */
    readonly wallMs: () => number;
  }) {
    this.#fixed = options.fixed;
    this.#fromFile = options.fromFile;
    this.#wallMs = options.wallMs;
  }

  /** True if nobody has set up keys at all; a file without keys lets nobody in. */
  get isEmpty(): boolean {
    return this.#fixed.length === 0 && this.#fromFile === undefined;
  }

  /** Takes the keys of a file that was read again. What runs already isn't touched. */
  replaceFile(keys: readonly ServerKey[]): void {
    this.#fromFile = keys;
  }

  /** The key that was presented, if it is one and counts. Every key is compared, in constant time. */
  find(presentedKey: string): ServerKey | undefined {
    const presented = keyDigest(presentedKey);
    let found: ServerKey | undefined;
    for (const key of this.#all()) {
      if (isSameDigest(key.digest, presented)) found = key;
    }
    return found !== undefined && this.#counts(found) ? found : undefined;
  }

  /** The key with this id, if it counts. */
  findById(id: string): ServerKey | undefined {
    const found = this.#all().find((key) => key.id === id);
    return found !== undefined && this.#counts(found) ? found : undefined;
  }

  #all(): readonly ServerKey[] {
    return [...this.#fixed, ...(this.#fromFile ?? [])];
  }

  #counts({ isRevoked, expiresAtS }: ServerKey): boolean {
    return !isRevoked && (expiresAtS === undefined || this.#wallMs() < expiresAtS * 1_000);
  }
}
