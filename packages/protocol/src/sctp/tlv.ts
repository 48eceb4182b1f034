/** Parameters and error causes: type, length, value, padding (RFC 9260, sections 3.2.1 and 3.3.10). */
import { paddedBytes, putUint16, uint16At } from '../network-order.ts';

const TLV_HEADER_BYTES = 4;

export interface Tlv {
  readonly type: number;
  /** A view on the bytes that were read. */
  readonly value: Uint8Array;
}

/** All of them, in order, as far as they are whole; undefined where one's length is impossible. */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] | undefined {
  const tlvs: Tlv[] = [];
  for (let at = 0; at + TLV_HEADER_BYTES <= bytes.length; ) {
    const lengthBytes = uint16At(bytes, at + 2);
    if (lengthBytes < TLV_HEADER_BYTES || at + lengthBytes > bytes.length) return undefined;
    tlvs.push({
      type: uint16At(bytes, at),
      value: bytes.subarray(at + TLV_HEADER_BYTES, at + lengthBytes),
    });
    at += paddedBytes(lengthBytes);
  }
  return tlvs;
}

/** One after the other, each padded but the last: its padding is the chunk's. */
export function writeTlvs(tlvs: readonly Tlv[]): Uint8Array {
  let sizeBytes = 0;
  for (const { value } of tlvs)
    sizeBytes = paddedBytes(sizeBytes) + TLV_HEADER_BYTES + value.length;
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const { type, value } of tlvs) {
    at = paddedBytes(at);
    putUint16(bytes, at, type);
    putUint16(bytes, at + 2, TLV_HEADER_BYTES + value.length);
    bytes.set(value, at + TLV_HEADER_BYTES);
    at += TLV_HEADER_BYTES + value.length;
  }
  return bytes;
}
