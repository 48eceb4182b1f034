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
  material: KeyMaterial,
  masterSecret: Uint8Array,
  keyBytes: number,
): OfBoth<RecordKey> {
  const { clientRandom, serverRandom } = material;
  const { client, server } = keysFrom(material, masterSecret, {
    label: 'key expansion',
    seed: joinBytes(serverRandom, clientRandom),
    keyBytes,
    saltBytes: IMPLICIT_NONCE_BYTES,
  });
  return {
    client: { key: client.key, iv: client.salt },
    server: { key: server.key, iv: server.salt },
  };
}

/** Master keys and salts of SRTP (RFC 5764, section 4.2; the exporter of RFC 5705 without context). */
export function srtpKeysOf(
  material: KeyMaterial,
  masterSecret: Uint8Array,
  profile: SrtpProfile,
): OfBoth<SrtpMasterKey> {
  const { clientRandom, serverRandom } = material;
  return keysFrom(material, masterSecret, {
    label: 'EXTRACTOR-dtls_srtp',
    seed: joinBytes(clientRandom, serverRandom),
    ...SRTP_PROFILES[profile],
  });
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

/** A key and a salt for each end, from a block that has both keys first. */
function keysFrom(
  { crypto, hash }: KeyMaterial,
  secret: Uint8Array,
  block: {
    readonly label: string;
    readonly seed: Uint8Array;
    readonly keyBytes: number;
    readonly saltBytes: number;
  },
): OfBoth<SrtpMasterKey> {
  const { label, seed, keyBytes, saltBytes } = block;
  const lengthBytes = 2 * (keyBytes + saltBytes);
  const bytes = crypto.prf({ hash, secret, label, seed, lengthBytes });
  const keysEndBytes = 2 * keyBytes;
  return {
    client: {
      key: bytes.slice(0, keyBytes),
      salt: bytes.slice(keysEndBytes, keysEndBytes + saltBytes),
    },
    server: {
      key: bytes.slice(keyBytes, keysEndBytes),
      salt: bytes.slice(keysEndBytes + saltBytes),
    },
  };
}
