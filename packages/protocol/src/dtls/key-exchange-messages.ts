import { ByteReader, joinBytes, uintBytes, vectorBytes } from './byte-reader.ts';
import { type DigitalSignature, readSignature, signatureBytes } from './certificate-messages.ts';

/** The only type of curve parameters that is allowed (RFC 8422, section 5.4). */
const NAMED_CURVE = 3;

export interface ServerKeyExchange {
  /** Number of a named group. */
  readonly groupId: number;
  readonly publicKey: Uint8Array;
  /** Group and public key as they stand in the message: what is signed, behind both randoms. */
  readonly parameters: Uint8Array;
  readonly signed: DigitalSignature;
}

/** Reads a ServerKeyExchange of ECDHE (RFC 8422, section 5.4); undefined if the body is none. */
export function parseServerKeyExchange(body: Uint8Array): ServerKeyExchange | undefined {
  const reader = new ByteReader(body);
  const curveType = reader.uint(1);
  const groupId = reader.uint(2);
  const publicKey = reader.vector(1);
  const parameters = body.subarray(0, reader.atBytes);
  const signed = readSignature(reader);
  if (signed === undefined || curveType !== NAMED_CURVE) return undefined;
  return { groupId, publicKey, parameters, signed };
}

/** What a server signs of its key exchange, behind both randoms. */
export function keyExchangeParametersBytes(groupId: number, publicKey: Uint8Array): Uint8Array {
  return joinBytes(uintBytes(NAMED_CURVE, 1), uintBytes(groupId, 2), vectorBytes(1, publicKey));
}

/** The body of a ServerKeyExchange. */
export function serverKeyExchangeBytes(
  parameters: Uint8Array,
  signed: DigitalSignature,
): Uint8Array {
  return joinBytes(parameters, signatureBytes(signed));
}

/** The public key of a ClientKeyExchange (RFC 8422, section 5.7); undefined if the body is none. */
export function parseClientKeyExchange(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  const publicKey = reader.vector(1);
  return reader.isSpent ? publicKey : undefined;
}

/** The body of a ClientKeyExchange. */
export function clientKeyExchangeBytes(publicKey: Uint8Array): Uint8Array {
  return vectorBytes(1, publicKey);
}
