import { RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import { RTP_TICKS_PER_SAMPLE, SLOT_SAMPLES } from './pcm.ts';

/** Largest Opus packet of one 20 ms frame (RFC 6716, section 3.4: 1275 bytes and the TOC). */
const PAYLOAD_BYTES_MAX = 1_276;

export interface RtpSenderStart {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Random start values (RFC 3550, section 5.1). */
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

/**
 * Numbers and stamps outgoing audio packets.
 *
 * RTP time follows the media slots: a slot in which nothing was sent still passes, so a pause or a missed slot
 * becomes a jump in RTP time, never a burst.
 */
export class RtpSender {
  readonly #start: RtpSenderStart;
  readonly #packet = new Uint8Array(RTP_HEADER_BYTES + PAYLOAD_BYTES_MAX);
  #packetsSent = 0;
  #lastSlot: number | undefined;

  constructor(start: RtpSenderStart) {
    this.#start = start;
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** The packet for `payload` in the media slot `slot`, valid until the next call. The marker starts a talk spurt. */
  packetize(payload: Uint8Array, slot: number): Uint8Array {
    const { payloadType, ssrc, sequenceNumber, timestamp } = this.#start;
    writeRtpHeader(this.#packet, {
      payloadType,
      ssrc,
      hasMarker: this.#lastSlot === undefined || slot !== this.#lastSlot + 1,
      sequenceNumber: sequenceNumber + this.#packetsSent,
      timestamp: timestamp + slot * SLOT_SAMPLES * RTP_TICKS_PER_SAMPLE,
    });
    this.#packet.set(payload, RTP_HEADER_BYTES);
    this.#packetsSent += 1;
    this.#lastSlot = slot;
    return this.#packet.subarray(0, RTP_HEADER_BYTES + payload.length);
  }
}
