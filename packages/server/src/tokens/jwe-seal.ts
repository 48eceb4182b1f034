import type { SealedClaims, SecretClaims, SecretSeal } from '../auth/secret-claims.ts';
import type { TokenKey } from '../auth/token-keys.ts';
import { JweBox } from './jwe-box.ts';
import { readClaims, readKeptClaims } from './read-claims.ts';

/** Client secrets, sealed as JWE. */
export class JweSeal implements SecretSeal {
  readonly #box: JweBox;

  /** @param keys - The first seals, each opens: so keys are changed without ending the secrets that are out. */
  constructor(keys: readonly [TokenKey, ...TokenKey[]]) {
    this.#box = new JweBox(keys);
  }

  async seal(claims: SealedClaims): Promise<string> {
    return this.#box.seal(JSON.stringify(claims));
  }

  async open(text: string): Promise<SealedClaims | undefined> {
    const json = await this.#box.open(text);
    if (json === undefined) return undefined;
    try {
      return readClaims(JSON.parse(json));
    } catch {
      // No JSON: no secret.
      return undefined;
    }
  }

  readKept(json: string): SecretClaims | undefined {
    return readKeptClaims(JSON.parse(json));
  }
}
