import { type RtpPacket, sequenceDistance } from '@prism/protocol';
import { RTP_TICKS_PER_SAMPLE, SAMPLE_RATE_HZ } from './pcm.ts';

/** Longest gap that is filled with concealed audio; a longer one is filled with silence up to the maximum below. */
const CONCEAL_SAMPLES_MAX = SAMPLE_RATE_HZ / 10;

/** Longest gap of RTP time that is kept in the timeline. Beyond it the excess is skipped and counted. */
const GAP_SAMPLES_MAX = SAMPLE_RATE_HZ;

/** A jump of more sequence numbers than this, either way, is a new stream, not loss (RFC 3550, appendix A.1). */
const RESTART_DISTANCE = 3_000;

/** What to do with one packet: first fill the gap before it, then decode it. */
export type RtpVerdict =
  | {
      readonly type: 'play';
      readonly concealSamples: number;
      readonly silenceSamples: number;
      readonly payload: Uint8Array;
    }
  | { readonly type: 'drop'; readonly why: 'late' | 'duplicate' | 'foreign_payload' };

export interface RtpReceiverCounters {
  readonly packetsPlayed: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly packetsForeign: number;
  readonly concealedSamples: number;
  readonly silenceSamples: number;
  readonly skippedSamples: number;
  readonly restarts: number;
}

/**
 * Puts one RTP stream onto an unbroken timeline.
 *
 * In-order packets pass at once. A gap is filled when the packet after it arrives; a packet that comes after its gap
 * was filled is late and dropped, because its time is over. The timeline is kept by RTP time, so that
 * discontinuous transmission becomes silence of the right length.
 */
export class RtpReceiver {
  readonly #payloadType: number;
  #isStarted = false;
  #ssrc = 0;
  #lastSequenceNumber = 0;
  #nextTimestamp = 0;
  #packetsPlayed = 0;
  #packetsLate = 0;
  #packetsDuplicate = 0;
  #packetsForeign = 0;
  #concealedSamples = 0;
  #silenceSamples = 0;
  #skippedSamples = 0;
  #restarts = 0;

  constructor(payloadType: number) {
    this.#payloadType = payloadType;
  }

  push(packet: RtpPacket): RtpVerdict {
    if (packet.payloadType !== this.#payloadType) {
      this.#packetsForeign += 1;
      return { type: 'drop', why: 'foreign_payload' };
    }
    if (!this.#isStarted || packet.ssrc !== this.#ssrc) return this.#restart(packet);
    const distance = sequenceDistance(this.#lastSequenceNumber, packet.sequenceNumber);
    if (Math.abs(distance) > RESTART_DISTANCE) return this.#restart(packet);
    if (distance === 0) {
      this.#packetsDuplicate += 1;
      return { type: 'drop', why: 'duplicate' };
    }
    if (distance < 0) {
      this.#packetsLate += 1;
      return { type: 'drop', why: 'late' };
    }
    return this.#play(packet, distance - 1);
  }

  /** Tells how long the packet just played was, once the decoder knows, so that the next gap can be measured. */
  played(samples: number): void {
    this.#nextTimestamp = (this.#nextTimestamp + samples * RTP_TICKS_PER_SAMPLE) >>> 0;
  }

  counters(): RtpReceiverCounters {
    return {
      packetsPlayed: this.#packetsPlayed,
      packetsLate: this.#packetsLate,
      packetsDuplicate: this.#packetsDuplicate,
      packetsForeign: this.#packetsForeign,
      concealedSamples: this.#concealedSamples,
      silenceSamples: this.#silenceSamples,
      skippedSamples: this.#skippedSamples,
      restarts: this.#restarts,
    };
  }

  #restart(packet: RtpPacket): RtpVerdict {
    if (this.#isStarted) this.#restarts += 1;
    this.#isStarted = true;
    this.#ssrc = packet.ssrc;
    this.#lastSequenceNumber = packet.sequenceNumber;
    this.#nextTimestamp = packet.timestamp;
    this.#packetsPlayed += 1;
    return { type: 'play', concealSamples: 0, silenceSamples: 0, payload: packet.payload };
  }

  #play(packet: RtpPacket, packetsMissing: number): RtpVerdict {
    const gapTicks = (packet.timestamp - this.#nextTimestamp) | 0;
    const gapSamples = Math.max(0, Math.floor(gapTicks / RTP_TICKS_PER_SAMPLE));
    const keptSamples = Math.min(gapSamples, GAP_SAMPLES_MAX);
    // Without a missing packet the sender was silent on purpose (DTX): nothing to conceal.
    const concealSamples = packetsMissing === 0 ? 0 : Math.min(keptSamples, CONCEAL_SAMPLES_MAX);
    const silenceSamples = keptSamples - concealSamples;
    this.#skippedSamples += gapSamples - keptSamples;
    this.#concealedSamples += concealSamples;
    this.#silenceSamples += silenceSamples;
    this.#packetsPlayed += 1;
    this.#lastSequenceNumber = packet.sequenceNumber;
    this.#nextTimestamp = packet.timestamp;
    return { type: 'play', concealSamples, silenceSamples, payload: packet.payload };
  }
}
