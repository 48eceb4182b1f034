import { joinBytes, SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import type { DtlsCrypto } from './dtls-crypto.ts';
import type { RecordKey } from './record-layer.ts';

/** Length of every master secret (RFC 5246, section 8.1). */
const MASTER_SECRET_BYTES = 48;
/** Length of what a Finished says (RFC 5246, section 7.4.9). */
const VERIFY_DATA_BYTES = 12;
/** Length of the implicit nonce (RFC 5288, section 3). */
const IMPLICIT_NONCE_BYTES = 4;

/** What both ends know once keys are exchanged. */
export interface KeyMaterial {
  readonly crypto: DtlsCrypto;
  readonly hash: 'sha256' | 'sha384';
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
}

/** One for each end. */
export interface OfBoth<Value> {
  readonly client: Value;
  readonly server: Value;
}

/**
 * The master secret. With a `sessionHash`, of all messages up to and with the ClientKeyExchange, it belongs to this
 * handshake alone (RFC 7627, section 4); without one, where the peer doesn't know how, to both randoms.
 */
export function masterSecretOf(
  { crypto, hash, clientRandom, serverRandom }: KeyMaterial,
  secret: Uint8Array,
  sessionHash: Uint8Array | undefined,
): Uint8Array {
  const [label, seed] =
    sessionHash === undefined
      ? ['master secret', joinBytes(clientRandom, serverRandom)]
      : ['extended master secret', sessionHash];
  return crypto.prf({ hash, secret, label, seed, lengthBytes: MASTER_SECRET_BYTES });
}

/** Keys and implicit nonces of records (RFC 5246, section 6.3): AEAD has no MAC keys. */
export function recordKeysOf(
  { crypto, hash, clientRandom, serverRandom }: KeyMaterial,
  masterSecret: Uint8Array,
  keyBytes: number,
): OfBoth<RecordKey> {
  const block = crypto.prf({
    hash,
    secret: masterSecret,
    label: 'key expansion',
    seed: joinBytes(serverRandom, clientRandom),
    lengthBytes: 2 * (keyBytes + IMPLICIT_NONCE_BYTES),
  });
  const [clientKey, serverKey, clientIv, serverIv] = cut(block, [
    keyBytes,
    keyBytes,
    IMPLICIT_NONCE_BYTES,
    IMPLICIT_NONCE_BYTES,
  ]);
  return { client: { key: clientKey, iv: clientIv }, server: { key: serverKey, iv: serverIv } };
}

/** Master keys and salts of SRTP (RFC 5764, section 4.2; the exporter of RFC 5705 without context). */
export function srtpKeysOf(
  { crypto, hash, clientRandom, serverRandom }: KeyMaterial,
  masterSecret: Uint8Array,
  profile: SrtpProfile,
): OfBoth<SrtpMasterKey> {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const material = crypto.prf({
    hash,
    secret: masterSecret,
    label: 'EXTRACTOR-dtls_srtp',
    seed: joinBytes(clientRandom, serverRandom),
    lengthBytes: 2 * (keyBytes + saltBytes),
  });
  const [clientKey, serverKey, clientSalt, serverSalt] = cut(material, [
    keyBytes,
    keyBytes,
    saltBytes,
    saltBytes,
  ]);
  return {
    client: { key: clientKey, salt: clientSalt },
    server: { key: serverKey, salt: serverSalt },
  };
}

/** What the Finished of one end says of all messages before it. */
export function verifyDataOf(
  { crypto, hash }: KeyMaterial,
  masterSecret: Uint8Array,
  of: { readonly sender: 'client' | 'server'; readonly transcript: Uint8Array },
): Uint8Array {
  return crypto.prf({
    hash,
    secret: masterSecret,
    label: `${of.sender} finished`,
    seed: crypto.hash(hash, of.transcript),
    lengthBytes: VERIFY_DATA_BYTES,
  });
}

type Quarters = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** Four pieces of `bytes`, of the lengths given. */
function cut(bytes: Uint8Array, lengthsBytes: readonly [number, number, number, number]): Quarters {
  const [first, second, third, fourth] = lengthsBytes;
  const thirdAt = first + second;
  const fourthAt = thirdAt + third;
  return [
    bytes.slice(0, first),
    bytes.slice(first, thirdAt),
    bytes.slice(thirdAt, fourthAt),
    bytes.slice(fourthAt, fourthAt + fourth),
  ];
}
