import {
  ALERT,
  type DigitalSignature,
  type HashName,
  parseCertificateChain,
  SIGNATURE_SCHEMES,
} from '@prism/protocol';
import type { DtlsOptions } from './dtls-contract.ts';
import type { PeerCertificate } from './dtls-crypto.ts';
import { type Failed, failed, MALFORMED } from './handshake-outcome.ts';

/** Hash functions of fingerprints (RFC 8122, section 5); SHA-1 and older ones prove nothing. */
const FINGERPRINT_HASHES: ReadonlyMap<string, HashName> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** The peer's certificate, which its SDP vouches for, from its Certificate message; or why it isn't accepted. */
export function readPeerCertificate(
  { crypto, remoteFingerprints }: DtlsOptions,
  body: Uint8Array,
): PeerCertificate | Failed {
  const chain = parseCertificateChain(body);
  if (chain === undefined) return MALFORMED;
  const [own] = chain;
  if (own === undefined) return failed('certificate_unusable', ALERT.handshakeFailure);
  const isVouchedFor = remoteFingerprints.some(({ algorithm, digest }) => {
    const hash = FINGERPRINT_HASHES.get(algorithm.toLowerCase());
    return hash !== undefined && crypto.isEqual(crypto.hash(hash, own), digest);
  });
  if (!isVouchedFor) return failed('certificate_mismatch', ALERT.badCertificate);
  return (
    crypto.readCertificate(own) ?? failed('certificate_unusable', ALERT.unsupportedCertificate)
  );
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
