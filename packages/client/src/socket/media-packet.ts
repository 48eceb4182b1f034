/** Fixed part of an RTP header (RFC 3550, section 5.1). */
const HEADER_BYTES = 12;
/** Version 2, no padding, no extension, no contributing sources. */
const VERSION_BYTE = 0x80;
const MARKER = 0x80;
/** Second bytes of RTCP packets (RFC 5761, section 4). */
const RTCP_TYPE_MIN = 192;
const RTCP_TYPE_MAX = 223;

/** An RTP packet of a media WebSocket (`docs/reference/media-websocket.md`). */
export interface MediaPacket {
  readonly payloadType: number;
  /** In ticks of 48 kHz, 32 bits. */
  readonly rtpTimestamp: number;
  /** A view of the packet's bytes. */
  readonly payload: Uint8Array;
}

/** Reads one binary message; `undefined` if it is RTCP or nothing of the kind. */
export function readMediaPacket(bytes: Uint8Array): MediaPacket | undefined {
  const second = bytes[1] ?? 0;
  if (bytes.length <= HEADER_BYTES || bytes[0] !== VERSION_BYTE) return undefined;
  if (second >= RTCP_TYPE_MIN && second <= RTCP_TYPE_MAX) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    payloadType: second & 0x7f,
    rtpTimestamp: view.getUint32(4),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

/** Writes the packets of one stream, numbered and timed one after the other. */
export class MediaPacketWriter {
  readonly #ssrc: number;
  #sequenceNumber = 0;
  #rtpTimestamp = 0;

  /** @param ssrc - 32 random bits, the stream's name. */
  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** @param ticks - Length of the payload's sound at 48 kHz. */
  write(payloadType: number, payload: Uint8Array, ticks: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(HEADER_BYTES + payload.length);
    const view = new DataView(bytes.buffer);
    const isFirst = this.#sequenceNumber === 0 && this.#rtpTimestamp === 0;
    bytes[0] = VERSION_BYTE;
    bytes[1] = payloadType | (isFirst ? MARKER : 0);
    view.setUint16(2, this.#sequenceNumber);
    view.setUint32(4, this.#rtpTimestamp);
    view.setUint32(8, this.#ssrc);
    bytes.set(payload, HEADER_BYTES);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#rtpTimestamp = (this.#rtpTimestamp + ticks) >>> 0;
    return bytes;
  }
}
