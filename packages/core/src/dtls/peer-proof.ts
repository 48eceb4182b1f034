import {
  ALERT,
  type DigitalSignature,
  type HashName,
  parseCertificateChain,
  SIGNATURE_SCHEMES,
} from '@prism/protocol';
import type { DtlsFingerprint, DtlsOptions } from './dtls-contract.ts';
import type { DtlsCrypto, PeerCertificate } from './dtls-crypto.ts';
import { type Failed, failed, MALFORMED } from './handshake-outcome.ts';

/** Hash functions of fingerprints (RFC 8122, section 5), the one that counts first; SHA-1 and older ones prove nothing. */
const FINGERPRINT_HASHES: readonly (readonly [string, HashName])[] = [
  ['sha-512', 'sha512'],
  ['sha-384', 'sha384'],
  ['sha-256', 'sha256'],
];

/** The peer's certificate, which its SDP vouches for, from its Certificate message; or why it isn't accepted. */
export function readPeerCertificate(
  { crypto, remoteFingerprints }: DtlsOptions,
  body: Uint8Array,
): PeerCertificate | Failed {
  const chain = parseCertificateChain(body);
  if (chain === undefined) return MALFORMED;
  const [own] = chain;
  if (own === undefined) return failed('certificate_unusable', ALERT.handshakeFailure);
  if (!isVouchedFor(own, crypto, remoteFingerprints))
    return failed('certificate_mismatch', ALERT.badCertificate);
  return (
    crypto.readCertificate(own) ?? failed('certificate_unusable', ALERT.unsupportedCertificate)
  );
}

/**
 * Whether a fingerprint is the certificate's. Of several hash functions the strongest alone counts: one that is broken
 * some day must not vouch for what a better one doesn't (RFC 8122, section 5.1).
 */
function isVouchedFor(
  certificateDer: Uint8Array,
  crypto: DtlsCrypto,
  fingerprints: readonly DtlsFingerprint[],
): boolean {
  for (const [algorithm, hash] of FINGERPRINT_HASHES) {
    const digests = fingerprints.filter((one) => one.algorithm.toLowerCase() === algorithm);
    if (digests.length === 0) continue;
    const own = crypto.hash(hash, certificateDer);
    return digests.some(({ digest }) => crypto.isEqual(own, digest));
  }
  return false;
}

/** Whether what {@link readPeerCertificate} answered is a certificate. */
export function isCertificate(answer: PeerCertificate | Failed): answer is PeerCertificate {
  return 'verify' in answer;
}

/** Why a signature of the peer doesn't prove that it has its certificate's key; undefined if it does. */
export function signatureFault(
  certificate: PeerCertificate,
  { schemeId, signature }: DigitalSignature,
  data: Uint8Array,
): Failed | undefined {
  const scheme = SIGNATURE_SCHEMES.find(({ id }) => id === schemeId);
  if (scheme === undefined || scheme.signer !== certificate.signer)
    return failed('bad_signature', ALERT.illegalParameter);
  return certificate.verify({ scheme, data, signature })
    ? undefined
    : failed('bad_signature', ALERT.decryptError);
}
