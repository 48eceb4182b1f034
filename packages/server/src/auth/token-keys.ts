import { hkdfSync, randomBytes } from 'node:crypto';

/** One key that client secrets, or conversations between processes, are encrypted with. */
export interface TokenKey {
  /** Names the key within this deployment, without telling anything of it. */
  readonly kid: string;
  /** 32 bytes, for A256GCM. */
  readonly bytes: Uint8Array;
}

/**
 * Derives what encrypts client secrets from a secret of the operator's (HKDF, RFC 5869). Each use of that secret has
 * a label of its own, so that no derived key says anything of another.
 */
export function tokenKeyOf(secret: string): TokenKey {
  return {
    kid: Buffer.from(derive(secret, 'prism client secret kid v1', 9)).toString('base64url'),
    bytes: derive(secret, 'prism client secret a256gcm v1', 32),
  };
}

/** Derives what encrypts conversations that are handed to another process. */
export function handoverKeyOf(secret: string): TokenKey {
  return {
    kid: Buffer.from(derive(secret, 'prism handover kid v1', 9)).toString('base64url'),
    bytes: derive(secret, 'prism handover a256gcm v1', 32),
  };
}

/** A key that ends with this process. */
export function randomTokenKey(): TokenKey {
  return tokenKeyOf(randomBytes(32).toString('base64url'));
}

function derive(secret: string, label: string, lengthBytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', label, lengthBytes));
}
