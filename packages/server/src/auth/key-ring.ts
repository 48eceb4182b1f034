import { digestBytes, isSameDigest, keyDigest } from './key-digest.ts';
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
  #hasFile: boolean;
  /** All keys, each with its digest's bytes. */
  #entries: readonly (readonly [ServerKey, Uint8Array])[] = [];

  constructor(options: {
    readonly fixed: readonly ServerKey[];
    /** `undefined`: there is no file. */
    readonly fromFile: readonly ServerKey[] | undefined;
    /** Milliseconds since 1970. */
    readonly wallMs: () => number;
  }) {
    this.#fixed = options.fixed;
    this.#hasFile = options.fromFile !== undefined;
    this.#wallMs = options.wallMs;
    this.#take(options.fromFile ?? []);
  }

  /** True if nobody has set up keys at all; a file without keys lets nobody in. */
  get isEmpty(): boolean {
    return this.#fixed.length === 0 && !this.#hasFile;
  }

  /** Takes the keys of a file that was read again. What runs already isn't touched. */
  replaceFile(keys: readonly ServerKey[]): void {
    this.#hasFile = true;
    this.#take(keys);
  }

  /** The key that was presented, if it is one and counts. Every key is compared, in constant time. */
  find(presentedKey: string): ServerKey | undefined {
    const presented = digestBytes(keyDigest(presentedKey));
    let found: ServerKey | undefined;
    for (const [key, bytes] of this.#entries) {
      if (isSameDigest(bytes, presented)) found = key;
    }
    return found !== undefined && this.#counts(found) ? found : undefined;
  }

  /** The key with this id, if it counts. */
  findById(id: string): ServerKey | undefined {
    const found = this.#entries.find(([key]) => key.id === id)?.[0];
    return found !== undefined && this.#counts(found) ? found : undefined;
  }

  #take(fromFile: readonly ServerKey[]): void {
    this.#entries = [...this.#fixed, ...fromFile].map((key) => [key, digestBytes(key.digest)]);
  }

  #counts({ isRevoked, expiresAtS }: ServerKey): boolean {
    return !isRevoked && (expiresAtS === undefined || this.#wallMs() < expiresAtS * 1_000);
  }
}
