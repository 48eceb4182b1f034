import { createHash, timingSafeEqual } from 'node:crypto';
import {
  OPEN_ACCESS,
  type PrismErrorInfo,
  type SessionAccess,
  type SessionConfig,
} from '@prism/protocol';
import { CLIENT_SECRET_PREFIX, type ClientSecretStore } from './client-secret-store.ts';

/** Who calls, as far as the key tells. */
export type Principal =
  /** Nobody in particular: no key is asked for on this machine. */
  | { readonly kind: 'open' }
  | { readonly kind: 'server_key' }
  /** A browser or device that got its secret from somebody with a server key. */
  | {
      readonly kind: 'client_secret';
      readonly secretId: string;
      readonly session: SessionConfig | undefined;
    };

export type Authentication =
  | { readonly isAllowed: true; readonly principal: Principal }
  | { readonly isAllowed: false; readonly error: PrismErrorInfo };

export interface AuthenticatorOptions {
  /** Keys that open the API; with none it is open to everybody who can reach the port. */
  readonly serverKeys: readonly string[];
  readonly secrets: ClientSecretStore;
}

/** Decides who may call, for every way in: HTTP and WebSocket alike. */
export class Authenticator {
  readonly #keyDigests: readonly Buffer[];
  readonly #secrets: ClientSecretStore;

  constructor({ serverKeys, secrets }: AuthenticatorOptions) {
    this.#keyDigests = serverKeys.map(digestOf);
    this.#secrets = secrets;
  }

  /** True in development on loopback: no key is asked for, and any key but a dead client secret is taken. */
  get isOpen(): boolean {
    return this.#keyDigests.length === 0;
  }

  authenticate({ presentedKey }: { readonly presentedKey: string | undefined }): Authentication {
    if (presentedKey?.startsWith(CLIENT_SECRET_PREFIX)) return this.#findSecret(presentedKey);
    if (this.isOpen) return { isAllowed: true, principal: { kind: 'open' } };
    if (presentedKey === undefined) return refuse('The request has no API key.');
    const presented = digestOf(presentedKey);
    // Every key is compared, in constant time, so that nothing is learned from how long it took.
    let isKnown = false;
    for (const digest of this.#keyDigests) isKnown = timingSafeEqual(digest, presented) || isKnown;
    return isKnown
      ? { isAllowed: true, principal: { kind: 'server_key' } }
      : refuse('The API key is not known here.');
  }

  /** Why a caller may not make client secrets; `undefined` if it may. One secret must not breed others. */
  refuseMinting(principal: Principal): PrismErrorInfo | undefined {
    if (principal.kind !== 'client_secret' || this.isOpen) return undefined;
    return {
      code: 'insufficient_permissions',
      message: 'A client secret may not make client secrets.',
    };
  }

  #findSecret(presentedKey: string): Authentication {
    const found = this.#secrets.find(presentedKey);
    switch (found.state) {
      case 'valid':
        return {
          isAllowed: true,
          principal: {
            kind: 'client_secret',
            secretId: found.secretId,
            session: found.session,
          },
        };
      case 'expired':
        return {
          isAllowed: false,
          error: { code: 'ephemeral_key_expired', message: 'The client secret has expired.' },
        };
      case 'unknown':
        return refuse('The client secret is not known here.');
    }
  }
}

/** What a caller may do with sessions. A client secret controls those that were opened with it, other keys all. */
export function accessOf(principal: Principal): SessionAccess {
  return principal.kind === 'client_secret'
    ? { ...OPEN_ACCESS, tokenId: principal.secretId }
    : OPEN_ACCESS;
}

function refuse(message: string): Authentication {
  return { isAllowed: false, error: { code: 'invalid_api_key', message } };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
