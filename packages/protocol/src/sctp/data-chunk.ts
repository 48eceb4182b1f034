/** DATA (RFC 9260, section 3.3.1; its I bit: RFC 7053). */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';
import { SCTP_CHUNK_HEADER_BYTES, type SctpChunk } from './sctp-packet.ts';

/** Flags of a DATA chunk. */
export const SCTP_DATA_FLAG = { end: 0x01, begin: 0x02, unordered: 0x04, immediate: 0x08 } as const;

/** TSN, stream, SSN, payload protocol. */
const FIXED_BYTES = 12;
/** What a DATA chunk takes of a packet besides its payload and padding. */
export const SCTP_DATA_HEADER_BYTES = SCTP_CHUNK_HEADER_BYTES + FIXED_BYTES;

export interface SctpData {
  /** Of {@link SCTP_DATA_FLAG}. */
  readonly flags: number;
  readonly tsn: number;
  readonly streamId: number;
  /** 16 bits; means nothing in an unordered message. */
  readonly ssn: number;
  readonly payloadProtocol: number;
  /** A view on the packet; never empty. */
  readonly payload: Uint8Array;
}

/** Reads a DATA chunk; undefined if it is too short, or has no payload at all. */
export function readSctpData(chunk: SctpChunk): SctpData | undefined {
  const { body, flags } = chunk;
  if (body.length <= FIXED_BYTES) return undefined;
  return {
    flags,
    tsn: uint32At(body, 0),
    streamId: uint16At(body, 4),
    ssn: uint16At(body, 6),
    payloadProtocol: uint32At(body, 8),
    payload: body.subarray(FIXED_BYTES),
  };
}

/** Writes the body of a DATA chunk at `at`. TSN and SSN may be unwrapped. */
export function writeSctpData(packet: Uint8Array, at: number, data: Omit<SctpData, 'flags'>): void {
  putUint32(packet, at, data.tsn);
  putUint16(packet, at + 4, data.streamId);
  putUint16(packet, at + 6, data.ssn);
  putUint32(packet, at + 8, data.payloadProtocol);
  packet.set(data.payload, at + FIXED_BYTES);
}
