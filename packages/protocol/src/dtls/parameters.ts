/** What a DTLS 1.2 handshake can agree on: suites, groups, signatures. Best first in each list. */

/** A hash function of TLS, or of a certificate's fingerprint. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** A cipher suite: ECDHE and AES-GCM alone, so that all of them are forward-secret (RFC 5289). */
export interface CipherSuite {
  readonly id: number;
  /** The kind of the server's key, which signs the exchange. */
  readonly signer: 'ecdsa' | 'rsa';
  /** Hash of the PRF and the transcript. */
  readonly hash: 'sha256' | 'sha384';
  readonly keyBytes: 16 | 32;
}

export const CIPHER_SUITES: readonly CipherSuite[] = [
  { id: 0xc02b, signer: 'ecdsa', hash: 'sha256', keyBytes: 16 },
  { id: 0xc02f, signer: 'rsa', hash: 'sha256', keyBytes: 16 },
  { id: 0xc02c, signer: 'ecdsa', hash: 'sha384', keyBytes: 32 },
  { id: 0xc030, signer: 'rsa', hash: 'sha384', keyBytes: 32 },
];

/** Says in a list of suites that renegotiation is known to be dangerous (RFC 5746, section 3.3). */
export const RENEGOTIATION_INFO_SCSV = 0x00ff;

/** A curve for the key exchange (RFC 8422, section 5.1.1) and the length of a public key on the wire. */
export interface NamedGroup {
  readonly id: number;
  readonly name: 'x25519' | 'p256' | 'p384';
  readonly publicKeyBytes: number;
}

export const NAMED_GROUPS: readonly NamedGroup[] = [
  { id: 29, name: 'x25519', publicKeyBytes: 32 },
  { id: 23, name: 'p256', publicKeyBytes: 65 },
  { id: 24, name: 'p384', publicKeyBytes: 97 },
];

/** An algorithm of signatures (RFC 5246, section 7.4.1.4.1; RFC 8446, section 4.2.3). SHA-1 isn't among them. */
export interface SignatureScheme {
  readonly id: number;
  readonly signer: 'ecdsa' | 'rsa';
  readonly hash: HashName;
  readonly padding: 'none' | 'pkcs1' | 'pss';
}

export const SIGNATURE_SCHEMES: readonly SignatureScheme[] = [
  { id: 0x0403, signer: 'ecdsa', hash: 'sha256', padding: 'none' },
  { id: 0x0503, signer: 'ecdsa', hash: 'sha384', padding: 'none' },
  { id: 0x0804, signer: 'rsa', hash: 'sha256', padding: 'pss' },
  { id: 0x0805, signer: 'rsa', hash: 'sha384', padding: 'pss' },
  { id: 0x0806, signer: 'rsa', hash: 'sha512', padding: 'pss' },
  { id: 0x0401, signer: 'rsa', hash: 'sha256', padding: 'pkcs1' },
  { id: 0x0501, signer: 'rsa', hash: 'sha384', padding: 'pkcs1' },
  { id: 0x0601, signer: 'rsa', hash: 'sha512', padding: 'pkcs1' },
];

/** What Prism's own certificates sign with: ECDSA on P-256 with SHA-256. */
export const OWN_SIGNATURE_SCHEME_ID = 0x0403;
