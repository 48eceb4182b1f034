/** RTP packets (RFC 3550, section 5.1) as views on the bytes that came; nothing is copied. */

import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';
import type { PayloadViews } from './payload-views.ts';

/** Size of the fixed RTP header. */
export const RTP_HEADER_BYTES = 12;

const RTP_VERSION = 2;

export interface RtpPacket {
  readonly payloadType: number;
  readonly hasMarker: boolean;
  /** 16 bits, wraps. */
  readonly sequenceNumber: number;
  /** 32 bits, wraps; in units of the payload's clock (48 kHz for Opus, RFC 7587). */
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view on the packet's bytes, without padding. */
  readonly payload: Uint8Array;
}

/** True if the packet is RTCP by its second byte (RFC 5761, section 4: payload types 64–95 after the marker bit). */
export function isRtcp(bytes: Uint8Array): boolean {
  const payloadType = (bytes[1] ?? 0) & 0x7f;
  return bytes.length >= 2 && payloadType >= 64 && payloadType <= 95;
}

/** A packet to read into again and again, for `parseRtpPacket`. */
export type RtpPacketRecord = { -readonly [Name in keyof RtpPacket]: RtpPacket[Name] };

/** One without content. */
export function emptyRtpPacket(): RtpPacketRecord {
  return {
    payloadType: 0,
    hasMarker: false,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 0,
    payload: new Uint8Array(0),
  };
}

/** Where the payload begins, behind contributing sources and extension; −1 if the bytes are no RTP packet. */
export function rtpHeaderBytes(bytes: Uint8Array): number {
  if (bytes.length < RTP_HEADER_BYTES) return -1;
  const first = byteAt(bytes, 0);
  if (first >> 6 !== RTP_VERSION) return -1;
  let headerBytes = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (headerBytes + 4 > bytes.length) return -1;
    headerBytes += 4 + uint16At(bytes, headerBytes + 2) * 4;
  }
  return headerBytes <= bytes.length ? headerBytes : -1;
}

/**
 * Reads one RTP packet, into `record` if one is given; `undefined` if the bytes are none.
 *
 * A call that receives packets for hours gives the same record and views each time, so that a packet costs no object
 * but the view on its payload, and not that either where packets come in the same place each time.
 */
export function parseRtpPacket(
  bytes: Uint8Array,
  record: RtpPacketRecord = emptyRtpPacket(),
  views?: PayloadViews,
): RtpPacket | undefined {
  const payloadStartBytes = rtpHeaderBytes(bytes);
  if (payloadStartBytes < 0) return undefined;
  let payloadEndBytes = bytes.length;
  if ((byteAt(bytes, 0) & 0x20) !== 0) {
    const paddingBytes = byteAt(bytes, bytes.length - 1);
    if (paddingBytes === 0) return undefined;
    payloadEndBytes -= paddingBytes;
  }
  if (payloadStartBytes > payloadEndBytes) return undefined;
  const second = byteAt(bytes, 1);
  record.payloadType = second & 0x7f;
  record.hasMarker = (second & 0x80) !== 0;
  record.sequenceNumber = uint16At(bytes, 2);
  record.timestamp = uint32At(bytes, 4);
  record.ssrc = uint32At(bytes, 8);
  record.payload =
    views?.of(bytes, payloadStartBytes, payloadEndBytes) ??
    bytes.subarray(payloadStartBytes, payloadEndBytes);
  return record;
}

function byteAt(bytes: Uint8Array, offsetBytes: number): number {
  return bytes[offsetBytes] ?? 0;
}

export interface RtpHeader {
  readonly payloadType: number;
  readonly hasMarker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Writes a fixed header into the first {@link RTP_HEADER_BYTES} of `target`; numbers wrap at their width. */
export function writeRtpHeader(target: Uint8Array, header: RtpHeader): void {
  // By hand: a DataView would be made for every packet.
  target[0] = RTP_VERSION << 6;
  target[1] = (header.hasMarker ? 0x80 : 0) | (header.payloadType & 0x7f);
  putUint16(target, 2, header.sequenceNumber);
  putUint32(target, 4, header.timestamp);
  putUint32(target, 8, header.ssrc);
}

/** Signed distance from `from` to `to` on the 16-bit circle of sequence numbers: −32768 … 32767. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
