import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { PeerCertificate, SignedData } from '@prism/core';
import type { SignatureScheme } from '@prism/protocol';

/** Shortest RSA key that is accepted; browsers make 2,048. */
const RSA_KEY_BITS_MIN = 2_048;
/** Longest one: verifying takes longer with every bit, and the peer chooses. */
const RSA_KEY_BITS_MAX = 8_192;
/** Largest public exponent, for the same reason; nearly everybody's is 65,537. */
const RSA_EXPONENT_MAX = 2n ** 32n;
/** Curves of ECDSA keys, by OpenSSL's names. */
const CURVES = new Set(['prime256v1', 'secp384r1']);
/** Largest certificate that is parsed. */
const CERTIFICATE_BYTES_MAX = 16_384;

/**
 * A peer's certificate; undefined if it can't be read or its key is none that is accepted: RSA of 2,048 to 8,192 bits,
 * ECDSA on P-256 or P-384. Who signed it and for how long doesn't matter: its fingerprint in the SDP does (RFC 8827,
 * section 6.5).
 */
export function readPeerCertificate(certificateDer: Uint8Array): PeerCertificate | undefined {
  const key = publicKeyOf(certificateDer);
  if (key === undefined) return undefined;
  const signer = signerOf(key);
  return signer && { signer, verify: (signed) => isSignedBy(key, signed) };
}

function publicKeyOf(certificateDer: Uint8Array): KeyObject | undefined {
  if (certificateDer.length > CERTIFICATE_BYTES_MAX) return undefined;
  try {
    const certificate = new X509Certificate(certificateDer);
    // Node reads PEM too, and leaves what stands behind a certificate; both would be another one to other readers.
    return certificate.raw.equals(certificateDer) ? certificate.publicKey : undefined;
  } catch {
    // No certificate, or one with a key that OpenSSL doesn't know.
    return undefined;
  }
}

function signerOf(key: KeyObject): 'ecdsa' | 'rsa' | undefined {
  const {
    modulusLength = 0,
    publicExponent = 0n,
    namedCurve = '',
  } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return CURVES.has(namedCurve) ? 'ecdsa' : undefined;
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const isAccepted =
    modulusLength >= RSA_KEY_BITS_MIN &&
    modulusLength <= RSA_KEY_BITS_MAX &&
    publicExponent <= RSA_EXPONENT_MAX;
  return isAccepted ? 'rsa' : undefined;
}

function isSignedBy(key: KeyObject, { scheme, data, signature }: SignedData): boolean {
  try {
    return verify(scheme.hash, data, { key, ...paddingOf(scheme) }, signature);
  } catch {
    // OpenSSL throws for some malformed signatures, and answers false for others.
    return false;
  }
}

function paddingOf({ padding }: SignatureScheme): {
  readonly padding?: number;
  readonly saltLength?: number;
} {
  if (padding === 'none') return {};
  if (padding === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
}
