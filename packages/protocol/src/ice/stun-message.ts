/** STUN as ICE uses it: Binding requests, their answers and keep-alives (RFC 8489, RFC 8445 section 7). */

/** The fixed part of every message: type, length, magic cookie, transaction id. */
export const STUN_HEADER_BYTES = 20;
/** MESSAGE-INTEGRITY's HMAC-SHA1. */
const INTEGRITY_BYTES = 20;
export const MAGIC_COOKIE = 0x2112_a442;
/** What the CRC-32 in FINGERPRINT is combined with (RFC 8489, section 14.7). */
const FINGERPRINT_XOR = 0x5354_554e;

const BINDING_REQUEST = 0x0001;
const BINDING_INDICATION = 0x0011;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const XOR_MAPPED_ADDRESS = 0x0020;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const ICE_CONTROLLED = 0x8029;
const ICE_CONTROLLING = 0x802a;

/** Of a peer-reflexive candidate (RFC 8445, section 5.1.2.1): type preference, local preference, component 1. */
const PEER_REFLEXIVE_PRIORITY = [110, 0xff, 0xff, 255];
/** Of a client that takes itself for controlled, too, it makes the controlling one (7.3.1.1). 0 is none to libjuice. */
const LEAST_TIE_BREAKER = [0, 0, 0, 0, 0, 0, 0, 1];

/** What a STUN message says, as far as an ICE agent needs it. Views into the bytes it was read from. */
export interface StunMessage {
  readonly kind: 'request' | 'indication' | 'success' | 'error';
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  readonly username: string | undefined;
  readonly priority: number;
  readonly hasUseCandidate: boolean;
  readonly isSenderControlled: boolean;
  /** Where MESSAGE-INTEGRITY begins; undefined if there is none. */
  readonly integrityOffset: number | undefined;
}

export interface StunSeal {
  /** HMAC-SHA1 of the bytes with the short-term password, 20 bytes. */
  readonly hmac: (bytes: Uint8Array) => Uint8Array;
  /** CRC-32 of the bytes, as IEEE 802.3 has it. */
  readonly crc32: (bytes: Uint8Array) => number;
}

const KIND_BY_TYPE: ReadonlyMap<number, StunMessage['kind']> = new Map([
  [BINDING_REQUEST, 'request'],
  [BINDING_INDICATION, 'indication'],
  [BINDING_SUCCESS, 'success'],
  [BINDING_ERROR, 'error'],
]);

/** True for what RFC 7983 hands to STUN: the first byte is 0 to 3 and the cookie follows. */
export function isStun(bytes: Uint8Array): boolean {
  return (
    bytes.length >= STUN_HEADER_BYTES &&
    (bytes[0] ?? 255) < 4 &&
    bytes[4] === 0x21 &&
    bytes[5] === 0x12 &&
    bytes[6] === 0xa4 &&
    bytes[7] === 0x42
  );
}

/** Reads a Binding message; undefined for everything else and whatever is cut short. */
export function parseStunMessage(bytes: Uint8Array): StunMessage | undefined {
  if (!isStun(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = KIND_BY_TYPE.get(view.getUint16(0));
  if (kind === undefined || view.getUint16(2) !== bytes.length - STUN_HEADER_BYTES)
    return undefined;
  let username: string | undefined;
  let priority = 0;
  let hasUseCandidate = false;
  let isSenderControlled = false;
  let integrityOffset: number | undefined;
  for (let offset = STUN_HEADER_BYTES; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return undefined;
    const type = view.getUint16(offset);
    const sizeBytes = view.getUint16(offset + 2);
    const start = offset + 4;
    if (start + sizeBytes > bytes.length) return undefined;
    // What follows the integrity isn't covered by it, and so isn't believed (RFC 8489, section 14.5).
    if (integrityOffset === undefined) {
      if (type === USERNAME) username = asciiOf(bytes.subarray(start, start + sizeBytes));
      else if (type === PRIORITY && sizeBytes === 4) priority = view.getUint32(start);
      else if (type === USE_CANDIDATE) hasUseCandidate = true;
      else if (type === ICE_CONTROLLED) isSenderControlled = true;
      else if (type === MESSAGE_INTEGRITY && sizeBytes === INTEGRITY_BYTES)
        integrityOffset = offset;
    }
    offset = start + Math.ceil(sizeBytes / 4) * 4;
  }
  return {
    kind,
    transactionId: bytes.subarray(8, STUN_HEADER_BYTES),
    username,
    priority,
    hasUseCandidate,
    isSenderControlled,
    integrityOffset,
  };
}

/** The bytes that the integrity at `integrityOffset` covers, and the integrity itself. */
export function integrityOf(
  bytes: Uint8Array,
  integrityOffset: number,
): { readonly covered: Uint8Array; readonly integrity: Uint8Array } {
  const covered = bytes.slice(0, integrityOffset);
  // As if the message ended with the integrity (RFC 8489, section 14.5).
  writeLength(covered, integrityOffset + 4 + INTEGRITY_BYTES - STUN_HEADER_BYTES);
  const start = integrityOffset + 4;
  return { covered, integrity: bytes.subarray(start, start + INTEGRITY_BYTES) };
}

/** The answer to a Binding request that came from `address`, an IPv4 address or a full IPv6 one as 16 bytes. */
export function writeBindingSuccess(
  transactionId: Uint8Array,
  from: { readonly address: Uint8Array; readonly port: number },
  seal: StunSeal,
): Uint8Array {
  const value = new Uint8Array(4 + from.address.length);
  value[1] = from.address.length === 4 ? 1 : 2;
  new DataView(value.buffer).setUint16(2, from.port ^ (MAGIC_COOKIE >>> 16));
  const mask = new Uint8Array(16);
  new DataView(mask.buffer).setUint32(0, MAGIC_COOKIE);
  mask.set(transactionId, 4);
  for (const [index, byte] of from.address.entries()) value[4 + index] = byte ^ (mask[index] ?? 0);
  return writeStunMessage(
    { type: BINDING_SUCCESS, transactionId },
    [[XOR_MAPPED_ADDRESS, value]],
    seal,
  );
}

/** Tells the sender to take the other role (RFC 8445, section 7.3.1.1). */
export function writeRoleConflict(transactionId: Uint8Array, seal: StunSeal): Uint8Array {
  return writeStunMessage(
    { type: BINDING_ERROR, transactionId },
    [[ERROR_CODE, Uint8Array.of(0, 0, 4, 87)]],
    seal,
  );
}

/** A connectivity check of the controlling agent that nominates its pair (RFC 8445, section 7.1). */
export function writeNominatingRequest(
  request: {
    readonly transactionId: Uint8Array;
    readonly username: string;
    readonly priority: number;
  },
  seal: StunSeal,
): Uint8Array {
  const priority = new Uint8Array(4);
  new DataView(priority.buffer).setUint32(0, request.priority);
  const { transactionId } = request;
  return writeStunMessage(
    { type: BINDING_REQUEST, transactionId },
    [
      [USERNAME, bytesOf(request.username)],
      [PRIORITY, priority],
      [ICE_CONTROLLING, new Uint8Array(8).fill(0xff)],
      [USE_CANDIDATE, new Uint8Array(0)],
    ],
    seal,
  );
}

/** A check of the controlled agent, which nominates nothing (RFC 8445, section 7.1). */
export function writeControlledRequest(
  request: { readonly transactionId: Uint8Array; readonly username: string },
  seal: StunSeal,
): Uint8Array {
  const { transactionId, username } = request;
  return writeStunMessage(
    { type: BINDING_REQUEST, transactionId },
    [
      [USERNAME, bytesOf(username)],
      [PRIORITY, Uint8Array.from(PEER_REFLEXIVE_PRIORITY)],
      [ICE_CONTROLLED, Uint8Array.from(LEAST_TIE_BREAKER)],
    ],
    seal,
  );
}

/** A message with these attributes, in their order; with a seal they are followed by integrity and fingerprint. */
export function writeStunMessage(
  head: { readonly type: number; readonly transactionId: Uint8Array },
  attributes: readonly (readonly [type: number, value: Uint8Array])[],
  seal: StunSeal | undefined,
): Uint8Array {
  const contentBytes = attributes.reduce(
    (sum, [, value]) => sum + 4 + Math.ceil(value.length / 4) * 4,
    0,
  );
  const integrityOffset = STUN_HEADER_BYTES + contentBytes;
  const fingerprintOffset = integrityOffset + 4 + INTEGRITY_BYTES;
  const bytes = new Uint8Array(seal === undefined ? integrityOffset : fingerprintOffset + 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, head.type);
  view.setUint32(4, MAGIC_COOKIE);
  bytes.set(head.transactionId, 8);
  let offset = STUN_HEADER_BYTES;
  for (const [type, value] of attributes) {
    view.setUint16(offset, type);
    view.setUint16(offset + 2, value.length);
    bytes.set(value, offset + 4);
    offset += 4 + Math.ceil(value.length / 4) * 4;
  }
  if (seal === undefined) {
    writeLength(bytes, contentBytes);
    return bytes;
  }
  writeLength(bytes, fingerprintOffset - STUN_HEADER_BYTES);
  view.setUint16(integrityOffset, MESSAGE_INTEGRITY);
  view.setUint16(integrityOffset + 2, INTEGRITY_BYTES);
  bytes.set(seal.hmac(bytes.subarray(0, integrityOffset)), integrityOffset + 4);
  writeLength(bytes, bytes.length - STUN_HEADER_BYTES);
  view.setUint16(fingerprintOffset, FINGERPRINT);
  view.setUint16(fingerprintOffset + 2, 4);
  const crc = seal.crc32(bytes.subarray(0, fingerprintOffset));
  view.setUint32(fingerprintOffset + 4, (crc ^ FINGERPRINT_XOR) >>> 0);
  return bytes;
}

function writeLength(bytes: Uint8Array, length: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(2, length);
}

function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 513));
}

/** The bytes of ASCII text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
