import { createHash, timingSafeEqual } from 'node:crypto';
import type { SessionUpdate } from '../wire/session-update.ts';
import type { ClientSecrets } from './client-secrets.ts';

/** Who knocks: a holder of the server's key, of an ephemeral key, or nobody known. */
export type Access =
  | { readonly type: 'server_key' }
  | { readonly type: 'client_secret'; readonly session: SessionUpdate | undefined }
  | { readonly type: 'refused' };

export interface KeyRingOptions {
  /** Keys that open the door; none means that no key is needed. */
  readonly apiKeys: readonly string[];
  readonly secrets: ClientSecrets;
  readonly wallMs: () => number;
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Checks keys, in a time that doesn't depend on how much of a key was guessed. */
export class KeyRing {
  readonly #digests: readonly Buffer[];
  readonly #options: KeyRingOptions;

  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#digests = options.apiKeys.map(digest);
  }

  get isRequired(): boolean {
    return this.#digests.length > 0;
  }

  check(key: string | undefined): Access {
    const { secrets, wallMs } = this.#options;
    if (key?.startsWith('ek_') === true) {
      const secret = secrets.find(key, wallMs());
      if (secret !== undefined) {
        return { type: 'client_secret', session: secret.session };
      }
    }
    if (!this.isRequired) {
      return { type: 'server_key' };
    }
    const given = digest(key ?? '');
    const isKnown = this.#digests.some((known) => timingSafeEqual(known, given));
    return isKnown ? { type: 'server_key' } : { type: 'refused' };
  }
}

/** Whether a page may connect where no key is asked for: only pages of this machine, or those that were named. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin) || allowed.includes('*')) {
    return true;
  }
  const host = URL.canParse(origin) ? new URL(origin).hostname : '';
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
}
