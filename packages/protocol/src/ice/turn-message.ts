/** The little of TURN that asks a relay for an allocation and gives it back (RFC 8656, RFC 8489 section 9.2). */
import { canonicalAddress } from './ip-address.ts';
import {
  bytesOf,
  isStun,
  MAGIC_COOKIE,
  STUN_HEADER_BYTES,
  type StunSeal,
  writeStunMessage,
} from './stun-message.ts';

const BINDING = 0x0001;
const ALLOCATE = 0x0003;
const REFRESH = 0x0004;
const CLASS_MASK = 0x0110;
const CLASS_SUCCESS = 0x0100;
const CLASS_ERROR = 0x0110;

const USERNAME = 0x0006;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
const REALM = 0x0014;
const NONCE = 0x0015;
const XOR_RELAYED_ADDRESS = 0x0016;
const REQUESTED_TRANSPORT = 0x0019;
const XOR_MAPPED_ADDRESS = 0x0020;

/** The relay speaks UDP to peers (RFC 8656, section 18.7). */
const TRANSPORT_UDP = 17;

/** What a request is authorised by: names as given and as the relay told them, and the seal of the long-term key. */
export interface TurnAuthorization {
  /** ASCII. */
  readonly username: string;
  /** As they came from the relay. */
  readonly realm: Uint8Array;
  readonly nonce: Uint8Array;
  /** Made with MD5(username ":" realm ":" password). */
  readonly seal: StunSeal;
}

/** An address as STUN tells it. */
export interface StunAddress {
  readonly address: string;
  readonly port: number;
}

/** What a STUN or TURN server answered. */
export interface TurnReply {
  readonly isSuccess: boolean;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** 300 to 699; undefined in a success. */
  readonly errorCode: number | undefined;
  readonly realm: Uint8Array | undefined;
  readonly nonce: Uint8Array | undefined;
  /** Where the relay takes what peers send. */
  readonly relayed: StunAddress | undefined;
  /** Where the request came from, as the server saw it. */
  readonly mapped: StunAddress | undefined;
}

/** Asks what address the request comes from. */
export function writeBindingQuestion(transactionId: Uint8Array): Uint8Array {
  return writeStunMessage({ type: BINDING, transactionId }, [], undefined);
}

/** Asks for an allocation; the first time without authorization, to be told realm and nonce. */
export function writeAllocate(
  transactionId: Uint8Array,
  authorization: TurnAuthorization | undefined,
): Uint8Array {
  const transport = Uint8Array.of(TRANSPORT_UDP, 0, 0, 0);
  return writeStunMessage(
    { type: ALLOCATE, transactionId },
    [[REQUESTED_TRANSPORT, transport], ...authorizing(authorization)],
    authorization?.seal,
  );
}

/** Gives the allocation back: a refresh for no time at all (RFC 8656, section 3.4). */
export function writeRelease(
  transactionId: Uint8Array,
  authorization: TurnAuthorization,
): Uint8Array {
  return writeStunMessage(
    { type: REFRESH, transactionId },
    [[LIFETIME, new Uint8Array(4)], ...authorizing(authorization)],
    authorization.seal,
  );
}

function authorizing(
  authorization: TurnAuthorization | undefined,
): readonly (readonly [number, Uint8Array])[] {
  if (authorization === undefined) return [];
  return [
    [USERNAME, bytesOf(authorization.username)],
    [REALM, authorization.realm],
    [NONCE, authorization.nonce],
  ];
}

/** Reads an answer; undefined for everything else and whatever is cut short. Its integrity isn't looked at. */
export function parseTurnReply(bytes: Uint8Array): TurnReply | undefined {
  if (!isStun(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messageClass = view.getUint16(0) & CLASS_MASK;
  if (messageClass !== CLASS_SUCCESS && messageClass !== CLASS_ERROR) return undefined;
  if (view.getUint16(2) !== bytes.length - STUN_HEADER_BYTES) return undefined;
  const transactionId = bytes.slice(8, STUN_HEADER_BYTES);
  const values = new Map<number, Uint8Array>();
  for (let offset = STUN_HEADER_BYTES; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return undefined;
    const sizeBytes = view.getUint16(offset + 2);
    const start = offset + 4;
    if (start + sizeBytes > bytes.length) return undefined;
    values.set(view.getUint16(offset), bytes.slice(start, start + sizeBytes));
    offset = start + Math.ceil(sizeBytes / 4) * 4;
  }
  const errorCode = values.get(ERROR_CODE);
  return {
    isSuccess: messageClass === CLASS_SUCCESS,
    transactionId,
    errorCode:
      errorCode === undefined ? undefined : ((errorCode[2] ?? 0) & 7) * 100 + (errorCode[3] ?? 0),
    realm: values.get(REALM),
    nonce: values.get(NONCE),
    relayed: addressIn(values.get(XOR_RELAYED_ADDRESS), transactionId),
    mapped: addressIn(values.get(XOR_MAPPED_ADDRESS), transactionId),
  };
}

/** RFC 8489, section 14.2: port and address are masked with the cookie, IPv6 with the transaction id too. */
function addressIn(
  value: Uint8Array | undefined,
  transactionId: Uint8Array,
): StunAddress | undefined {
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const mask = new Uint8Array(16);
  new DataView(mask.buffer).setUint32(0, MAGIC_COOKIE);
  mask.set(transactionId, 4);
  const port = (((value[2] ?? 0) << 8) | (value[3] ?? 0)) ^ (MAGIC_COOKIE >>> 16);
  const bytes = value.slice(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  const text =
    bytes.length === 4
      ? bytes.join('.')
      : Array.from({ length: 8 }, (_, index) =>
          (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
        ).join(':');
  return { address: canonicalAddress(text) ?? text, port };
}
