/** SCTP packets: a header and chunks (RFC 9260, section 3). */
import { paddedBytes, putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';

/** Ports, verification tag, checksum. */
export const SCTP_HEADER_BYTES = 12;
/** Type, flags and length of a chunk. */
export const SCTP_CHUNK_HEADER_BYTES = 4;

/** Types of chunks (RFC 9260, section 3.2; RFC 3758, section 3.2; RFC 6525, section 3.1). */
export const SCTP_CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reConfig: 130,
  forwardTsn: 192,
} as const;

/** The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the one of the sender's own packets. */
export const SCTP_REFLECTED_TAG_FLAG = 0x01;

export interface SctpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
}

/** One chunk; `body` is a view on the packet, without header and padding. */
export interface SctpChunk {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The header of a packet; undefined if it is too short for one. */
export function readSctpHeader(packet: Uint8Array): SctpHeader | undefined {
  if (packet.length < SCTP_HEADER_BYTES) return undefined;
  return {
    sourcePort: uint16At(packet, 0),
    destinationPort: uint16At(packet, 2),
    verificationTag: uint32At(packet, 4),
  };
}

/** Writes a header with a checksum of zero. */
export function writeSctpHeader(packet: Uint8Array, header: SctpHeader): void {
  putUint16(packet, 0, header.sourcePort);
  putUint16(packet, 2, header.destinationPort);
  putUint32(packet, 4, header.verificationTag);
  putUint32(packet, 8, 0);
}

/** The chunk that begins at `at`; undefined at the end, and where its length is impossible. */
export function readSctpChunkAt(packet: Uint8Array, at: number): SctpChunk | undefined {
  if (at + SCTP_CHUNK_HEADER_BYTES > packet.length) return undefined;
  const lengthBytes = uint16At(packet, at + 2);
  if (lengthBytes < SCTP_CHUNK_HEADER_BYTES || at + lengthBytes > packet.length) return undefined;
  return {
    type: packet[at] ?? 0,
    flags: packet[at + 1] ?? 0,
    body: packet.subarray(at + SCTP_CHUNK_HEADER_BYTES, at + lengthBytes),
  };
}

/** Bytes of a packet that a chunk with this body takes, padding included. */
export function sctpChunkBytes(bodyBytes: number): number {
  return SCTP_CHUNK_HEADER_BYTES + paddedBytes(bodyBytes);
}

/** Writes a chunk's header and answers where its body begins. */
export function writeSctpChunkHeader(
  packet: Uint8Array,
  at: number,
  chunk: { readonly type: number; readonly flags: number; readonly bodyBytes: number },
): number {
  packet[at] = chunk.type;
  packet[at + 1] = chunk.flags;
  putUint16(packet, at + 2, SCTP_CHUNK_HEADER_BYTES + chunk.bodyBytes);
  return at + SCTP_CHUNK_HEADER_BYTES;
}
