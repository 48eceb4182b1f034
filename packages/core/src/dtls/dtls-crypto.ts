import type { HashName, NamedGroup, SignatureScheme } from '@prism/protocol';

/** What a DTLS connection wants of cryptography. All of it is synchronous; nothing throws because of a peer's bytes. */
export interface DtlsCrypto {
  /** Bytes that nobody can guess. */
  randomBytes(lengthBytes: number): Uint8Array;
  hash(name: HashName, bytes: Uint8Array): Uint8Array;
  /** The PRF of TLS 1.2 (RFC 5246, section 5). */
  prf(input: PrfInput): Uint8Array;
  /** A new key pair for one exchange. */
  makeKeyShare(group: NamedGroup['name']): KeyShare;
  /** A peer's certificate; undefined if it can't be read or its key isn't one that is accepted. */
  readCertificate(certificateDer: Uint8Array): PeerCertificate | undefined;
  /** AES-GCM with a tag of 16 bytes, under a key of 16 or 32. */
  makeCipher(key: Uint8Array): RecordCipher;
  /** Compares in a time that doesn't depend on the content. */
  isEqual(left: Uint8Array, right: Uint8Array): boolean;
}

export interface PrfInput {
  readonly hash: 'sha256' | 'sha384';
  readonly secret: Uint8Array;
  /** ASCII. */
  readonly label: string;
  readonly seed: Uint8Array;
  readonly lengthBytes: number;
}

export interface KeyShare {
  /** As it goes on the wire: 32 bytes of x25519, or an uncompressed point. */
  readonly publicKey: Uint8Array;
  /** The shared secret; undefined if the peer's key is none of this group, or makes a secret of zeros. */
  agree(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

export interface PeerCertificate {
  readonly signer: 'ecdsa' | 'rsa';
  /** Whether the certificate's key made `signature`, DER for ECDSA, over `data`. */
  verify(signed: SignedData): boolean;
}

export interface SignedData {
  readonly scheme: SignatureScheme;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RecordCipher {
  /** The ciphertext with its tag behind it. */
  seal(input: CipherInput): Uint8Array;
  /** The plaintext of what {@link seal} gave; undefined if it isn't authentic. */
  open(input: CipherInput): Uint8Array | undefined;
}

export interface CipherInput {
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  readonly additionalData: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Our own certificate; its key stays with whoever made it. */
export interface DtlsCertificate {
  readonly certificateDer: Uint8Array;
  /** Signs with ECDSA on P-256 and SHA-256; DER. */
  sign(data: Uint8Array): Uint8Array;
}
