import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from 'jose';
import type { TokenKey } from '../auth/token-keys.ts';
import type { TextSeal } from '../runtime/ports/handover-store.ts';

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256GCM';

/** Nothing else is tried, whatever a token's header asks for; compressed tokens aren't opened at all. */
const DECRYPT_OPTIONS = {
  keyManagementAlgorithms: [ALGORITHM],
  contentEncryptionAlgorithms: [ENCRYPTION],
  maxDecompressedLength: 0,
};

/** Text as JWE in compact form (RFC 7516): direct encryption with AES-256-GCM, the key named by `kid`. */
export class JweBox implements TextSeal {
  readonly #first: TokenKey;
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  /** @param keys - The first seals, each opens: so keys are changed without ending what is out. */
  constructor(keys: readonly [TokenKey, ...TokenKey[]]) {
    this.#first = keys[0];
    this.#keys = new Map(keys.map(({ kid, bytes }) => [kid, bytes]));
  }

  async seal(text: string): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid: this.#first.kid })
      .encrypt(this.#first.bytes);
  }

  async open(sealed: string): Promise<string | undefined> {
    try {
      const { plaintext } = await compactDecrypt(
        sealed,
        ({ kid }: CompactJWEHeaderParameters) => {
          const key = kid === undefined ? undefined : this.#keys.get(kid);
          if (key === undefined) throw new UnknownKeyError();
          return key;
        },
        DECRYPT_OPTIONS,
      );
      return new TextDecoder().decode(plaintext);
    } catch {
      // Whatever is wrong with it, it is nothing of this deployment, and whoever presents it learns no more.
      return undefined;
    }
  }
}

class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
}
