import { RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import { RTP_TICKS_PER_SAMPLE, SLOT_SAMPLES } from '../pcm.ts';
import { PrefixViews } from './prefix-views.ts';

/** RTP time of one media slot of Opus. */
export const SLOT_TICKS = SLOT_SAMPLES * RTP_TICKS_PER_SAMPLE;

/** Largest payload: a packet that fits every path (1,200 bytes, as libwebrtc has it) and then some for old copies. */
export const RTP_PAYLOAD_BYTES_MAX = 1_276;

export interface RtpSenderStart {
  readonly payloadType: number;
  /** RTP time of one slot; {@link SLOT_TICKS} of Opus if absent. */
  readonly slotTicks?: number;
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
  readonly #packet = new Uint8Array(RTP_HEADER_BYTES + RTP_PAYLOAD_BYTES_MAX);
  readonly #views = new PrefixViews(this.#packet);
  readonly #header;
  #packetsSent = 0;
  #lastSlot: number | undefined;

  constructor(start: RtpSenderStart) {
    this.#start = start;
    this.#header = {
      payloadType: 0,
      ssrc: start.ssrc,
      hasMarker: false,
      sequenceNumber: 0,
      timestamp: 0,
    };
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** Of the packet that was made last. */
  get lastSequenceNumber(): number {
    return (this.#start.sequenceNumber + this.#packetsSent - 1) & 0xffff;
  }

  /** The stream's RTP time at a moment between slots, as a sender report tells it. */
  timestampAt(slotPosition: number): number {
    return (
      (this.#start.timestamp + Math.round(slotPosition * (this.#start.slotTicks ?? SLOT_TICKS))) >>>
      0
    );
  }

  /**
   * The packet for `payload` in the media slot `slot`, valid until the next call. The marker starts a talk spurt.
   * Slots only go forward, and the payload has at most {@link RTP_PAYLOAD_BYTES_MAX} bytes.
   */
  packetize(
    payload: Uint8Array,
    slot: number,
    payloadType: number = this.#start.payloadType,
  ): Uint8Array {
    const header = this.#header;
    header.payloadType = payloadType;
    header.hasMarker = this.#lastSlot === undefined || slot !== this.#lastSlot + 1;
    header.sequenceNumber = this.#start.sequenceNumber + this.#packetsSent;
    header.timestamp = this.timestampAt(slot);
    writeRtpHeader(this.#packet, header);
    this.#packet.set(payload, RTP_HEADER_BYTES);
    this.#packetsSent += 1;
    this.#lastSlot = slot;
    return this.#views.of(RTP_HEADER_BYTES + payload.length);
  }
}
