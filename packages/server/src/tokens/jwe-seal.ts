import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from 'jose';
import type { SealedClaims, SecretClaims, SecretSeal } from '../auth/secret-claims.ts';
import type { TokenKey } from '../auth/token-keys.ts';
import { readClaims, readKeptClaims } from './read-claims.ts';

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256GCM';

/** Nothing else is tried, whatever a token's header asks for; compressed tokens aren't opened at all. */
const DECRYPT_OPTIONS = {
  keyManagementAlgorithms: [ALGORITHM],
  contentEncryptionAlgorithms: [ENCRYPTION],
  maxDecompressedLength: 0,
};

/** Client secrets as JWE in compact form (RFC 7516): direct encryption with AES-256-GCM, the key named by `kid`. */
export class JweSeal implements SecretSeal {
  readonly #first: TokenKey;
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  /** @param keys - The first seals, each opens: so keys are changed without ending the secrets that are out. */
  constructor(keys: readonly [TokenKey, ...TokenKey[]]) {
    this.#first = keys[0];
    this.#keys = new Map(keys.map(({ kid, bytes }) => [kid, bytes]));
  }

  async seal(claims: SealedClaims): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid: this.#first.kid })
      .encrypt(this.#first.bytes);
  }

  async open(text: string): Promise<SealedClaims | undefined> {
    try {
      const { plaintext } = await compactDecrypt(
        text,
        ({ kid }: CompactJWEHeaderParameters) => {
          const key = kid === undefined ? undefined : this.#keys.get(kid);
          if (key === undefined) throw new UnknownKeyError();
          return key;
        },
        DECRYPT_OPTIONS,
      );
      return readClaims(JSON.parse(new TextDecoder().decode(plaintext)));
    } catch {
      // Whatever is wrong with it, it is no secret of this deployment, and whoever presents it learns no more.
      return undefined;
    }
  }

  readKept(json: string): SecretClaims | undefined {
    return readKeptClaims(JSON.parse(json));
  }
}

class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
}
