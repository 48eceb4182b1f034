import {
  ByteReader,
  joinBytes,
  readUint16List,
  uint16ListBytes,
  uintBytes,
  vectorBytes,
} from './byte-reader.ts';

/** Most certificates of a chain that are read; only the first one matters. */
const CERTIFICATE_COUNT_MAX = 16;
/** Kinds of keys that a server may ask for (RFC 5246, section 7.4.4; RFC 8422, section 5.5). */
export const CERTIFICATE_TYPE = { rsaSign: 1, ecdsaSign: 64 } as const;

/** The chain of a Certificate message (RFC 5246, section 7.4.2), DER, the sender's own first; undefined if it is none. */
export function parseCertificateChain(body: Uint8Array): readonly Uint8Array[] | undefined {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector(3));
  const chain: Uint8Array[] = [];
  while (list.restBytes > 0) {
    const certificate = list.vector(3);
    if (certificate.length === 0 || chain.length >= CERTIFICATE_COUNT_MAX) return undefined;
    chain.push(certificate);
  }
  return reader.isSpent && list.isSpent ? chain : undefined;
}

/** The body of a Certificate message. */
export function certificateChainBytes(chain: readonly Uint8Array[]): Uint8Array {
  return vectorBytes(3, ...chain.map((certificate) => vectorBytes(3, certificate)));
}

export interface CertificateRequest {
  readonly certificateTypes: Uint8Array;
  readonly signatureSchemeIds: readonly number[];
}

/** Reads a CertificateRequest (RFC 5246, section 7.4.4) without its authorities; undefined if the body is none. */
export function parseCertificateRequest(body: Uint8Array): CertificateRequest | undefined {
  const reader = new ByteReader(body);
  const certificateTypes = reader.vector(1);
  const signatureSchemeIds = readUint16List(reader.vector(2));
  reader.vector(2);
  if (!reader.isSpent || signatureSchemeIds === undefined) return undefined;
  return { certificateTypes, signatureSchemeIds };
}

/** The body of a CertificateRequest that names no authorities. */
export function certificateRequestBytes(request: CertificateRequest): Uint8Array {
  return joinBytes(
    vectorBytes(1, request.certificateTypes),
    vectorBytes(2, uint16ListBytes(request.signatureSchemeIds)),
    vectorBytes(2),
  );
}

/** A signature and what it was made with (RFC 5246, section 4.7). */
export interface DigitalSignature {
  readonly schemeId: number;
  readonly signature: Uint8Array;
}

/** Reads a signature, which is all of a CertificateVerify and the end of a ServerKeyExchange. */
export function readSignature(reader: ByteReader): DigitalSignature | undefined {
  const schemeId = reader.uint(2);
  const signature = reader.vector(2);
  return reader.isSpent ? { schemeId, signature } : undefined;
}

/** A signature as it stands in a message. */
export function signatureBytes({ schemeId, signature }: DigitalSignature): Uint8Array {
  return joinBytes(uintBytes(schemeId, 2), vectorBytes(2, signature));
}

/** Reads a CertificateVerify (RFC 5246, section 7.4.8); undefined if the body is none. */
export function parseCertificateVerify(body: Uint8Array): DigitalSignature | undefined {
  return readSignature(new ByteReader(body));
}
