import {
  createECDH,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { KeyShare } from '@prism/core';
import type { NamedGroup } from '@prism/protocol';

/** OpenSSL's names of the curves. */
const CURVES = { p256: 'prime256v1', p384: 'secp384r1' } as const;
/** Length of a coordinate. */
const COORDINATE_BYTES = { p256: 32, p384: 48 } as const;
/** The first byte of an uncompressed point. */
const UNCOMPRESSED = 4;
/** What stands before a raw key of x25519 in its SubjectPublicKeyInfo (RFC 8410, section 4). */
const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const X25519_KEY_BYTES = 32;

/** A new key pair of one group, for one exchange (RFC 8422, section 5.10; RFC 7748). */
export function makeKeyShare(group: NamedGroup['name']): KeyShare {
  return group === 'x25519' ? makeX25519Share() : makeCurveShare(group);
}

function makeX25519Share(): KeyShare {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    publicKey: new Uint8Array(spki.subarray(X25519_SPKI_PREFIX.length)),
    agree: (peerPublicKey) => agreeX25519(privateKey, peerPublicKey),
  };
}

function agreeX25519(privateKey: KeyObject, peerPublicKey: Uint8Array): Uint8Array | undefined {
  if (peerPublicKey.length !== X25519_KEY_BYTES) return undefined;
  try {
    const key = Buffer.concat([X25519_SPKI_PREFIX, peerPublicKey]);
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    // Throws where the secret would be all zeros, which a peer can force by a key of small order (RFC 7748, 6.1).
    const secret = diffieHellman({ privateKey, publicKey });
    return secret.some((byte) => byte !== 0) ? secret : undefined;
  } catch {
    // Not a key to agree with.
    return undefined;
  }
}

function makeCurveShare(group: 'p256' | 'p384'): KeyShare {
  const ecdh = createECDH(CURVES[group]);
  const publicKey = ecdh.generateKeys();
  return {
    publicKey,
    agree: (peerPublicKey) => {
      // Compressed points aren't offered (RFC 8422, section 5.1.2).
      const isUncompressed = peerPublicKey[0] === UNCOMPRESSED;
      if (!isUncompressed || peerPublicKey.length !== 1 + 2 * COORDINATE_BYTES[group])
        return undefined;
      try {
        // OpenSSL refuses a point that isn't on the curve.
        return ecdh.computeSecret(peerPublicKey);
      } catch {
        // No point of this curve.
        return undefined;
      }
    },
  };
}
