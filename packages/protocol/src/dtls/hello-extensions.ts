import {
  ByteReader,
  joinBytes,
  readUint16List,
  uint16ListBytes,
  uintBytes,
  vectorBytes,
} from './byte-reader.ts';

/** Extensions of ClientHello and ServerHello (RFC 5246, section 7.4.1.4). */

/** Numbers of the extensions that are sent or understood. */
export const EXTENSION = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  renegotiationInfo: 0xff01,
} as const;

/** Most extensions of one message; browsers send about twenty. */
export const EXTENSION_COUNT_MAX = 64;

/** Content by number, unknown ones too. */
export type HelloExtensions = ReadonlyMap<number, Uint8Array>;

/**
 * Reads the extensions at the end of a hello; none if nothing is left. Undefined if they are cut, too many, or one
 * comes twice.
 */
export function readExtensions(reader: ByteReader): HelloExtensions | undefined {
  const extensions = new Map<number, Uint8Array>();
  if (reader.restBytes === 0) return extensions;
  const list = new ByteReader(reader.vector(2));
  while (list.restBytes > 0) {
    const id = list.uint(2);
    const content = list.vector(2);
    if (extensions.has(id) || extensions.size >= EXTENSION_COUNT_MAX) return undefined;
    extensions.set(id, content);
  }
  return reader.isSpent && list.isSpent ? extensions : undefined;
}

/** Extensions as they end a hello; nothing if there are none. */
export function extensionsBytes(extensions: HelloExtensions): Uint8Array {
  if (extensions.size === 0) return new Uint8Array(0);
  const parts = [...extensions].map(([id, content]) =>
    joinBytes(uintBytes(id, 2), vectorBytes(2, content)),
  );
  return vectorBytes(2, ...parts);
}

/** A list of 16 bit numbers with its length in `widthBytes` before it; undefined if it is none. */
export function readNumberList(
  content: Uint8Array,
  widthBytes: 1 | 2,
): readonly number[] | undefined {
  const reader = new ByteReader(content);
  const list = reader.vector(widthBytes);
  return reader.isSpent ? readUint16List(list) : undefined;
}

/** The content of `supported_groups` or `signature_algorithms`. */
export function numberListBytes(values: readonly number[]): Uint8Array {
  return vectorBytes(2, uint16ListBytes(values));
}

export interface UseSrtp {
  /** Numbers of protection profiles. */
  readonly profileIds: readonly number[];
  /** The master key identifier; empty where none is used. */
  readonly mki: Uint8Array;
}

/** The content of `use_srtp` (RFC 5764, section 4.1.1); undefined if it is none. */
export function readUseSrtp(content: Uint8Array): UseSrtp | undefined {
  const reader = new ByteReader(content);
  const profileIds = readUint16List(reader.vector(2));
  const mki = reader.vector(1);
  return reader.isSpent && profileIds !== undefined ? { profileIds, mki } : undefined;
}

/** `use_srtp` without a master key identifier. */
export function useSrtpBytes(profileIds: readonly number[]): Uint8Array {
  return joinBytes(numberListBytes(profileIds), vectorBytes(1));
}
