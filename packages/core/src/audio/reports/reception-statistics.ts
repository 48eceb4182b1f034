import { type ReportBlock, type RtpPacket, sequenceDistance } from '@prism/protocol';

/** A jump of more sequence numbers than this, either way, is a new stream, not loss (RFC 3550, appendix A.1). */
const RESTART_DISTANCE = 3_000;

/** Share of a new difference in the jitter estimate (RFC 3550, section 6.4.1). */
const JITTER_GAIN = 1 / 16;

/** What has been received of one stream, before anything is recovered. */
export interface ReceptionCounts {
  readonly packets: number;
  /** Bytes of payload. */
  readonly bytes: number;
  /** Expected minus received; duplicates can make it negative (RFC 3550, appendix A.3). */
  readonly packetsLost: number;
  readonly jitterMs: number;
}

/**
 * Counts one RTP stream as it arrives, for our reports to its sender (RFC 3550, appendices A.1, A.3 and A.8).
 *
 * A new SSRC, or a jump that can't be loss, begins a new stream; the counts of packets and bytes go on.
 */
export class ReceptionStatistics {
  readonly #ticksPerMs: number;
  #ssrc: number | undefined;
  #packets = 0;
  #bytes = 0;
  #firstSequenceNumber = 0;
  /** The highest sequence number, with the count of wraps above it. */
  #extendedSequenceNumber = 0;
  /** Of the stream that is on now. */
  #streamPackets = 0;
  /** Losses of the streams before this one. */
  #formerLost = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;
  #lastTransitTicks: number | undefined;
  #jitterTicks = 0;

  /** `clockHz` is the RTP clock of the stream's format. */
  constructor(clockHz: number) {
    this.#ticksPerMs = clockHz / 1_000;
  }

  /** Takes in one packet that came at `nowMs`, in whatever order. */
  received(packet: RtpPacket, nowMs: number): void {
    const distance = sequenceDistance(this.#extendedSequenceNumber & 0xffff, packet.sequenceNumber);
    if (packet.ssrc !== this.#ssrc || Math.abs(distance) > RESTART_DISTANCE) this.#restart(packet);
    else if (distance > 0) this.#extendedSequenceNumber += distance;
    this.#packets += 1;
    this.#streamPackets += 1;
    this.#bytes += packet.payload.length;
    this.#followJitter(packet, nowMs);
  }

  counts(): ReceptionCounts {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      packetsLost: this.#formerLost + this.#lost,
      jitterMs: this.#jitterTicks / this.#ticksPerMs,
    };
  }

  /** The block about this stream, without the times of sender reports; the share lost is since the last call. */
  takeBlock(): Omit<ReportBlock, 'lastSenderReport' | 'delaySinceLastSenderReport'> | undefined {
    if (this.#ssrc === undefined) return undefined;
    const expected = this.#expected - this.#expectedAtReport;
    const lost = expected - (this.#streamPackets - this.#receivedAtReport);
    this.#expectedAtReport = this.#expected;
    this.#receivedAtReport = this.#streamPackets;
    return {
      ssrc: this.#ssrc,
      fractionLost:
        expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      packetsLost: this.#lost,
      extendedSequenceNumber: this.#extendedSequenceNumber,
      jitterTicks: Math.floor(this.#jitterTicks),
    };
  }

  get #expected(): number {
    return this.#ssrc === undefined
      ? 0
      : this.#extendedSequenceNumber - this.#firstSequenceNumber + 1;
  }

  get #lost(): number {
    return this.#expected - this.#streamPackets;
  }

  #restart(packet: RtpPacket): void {
    this.#formerLost += this.#lost;
    this.#ssrc = packet.ssrc;
    this.#firstSequenceNumber = packet.sequenceNumber;
    this.#extendedSequenceNumber = packet.sequenceNumber;
    this.#streamPackets = 0;
    this.#expectedAtReport = 0;
    this.#receivedAtReport = 0;
    this.#lastTransitTicks = undefined;
    this.#jitterTicks = 0;
  }

  #followJitter(packet: RtpPacket, nowMs: number): void {
    const transitTicks = (Math.round(nowMs * this.#ticksPerMs) - packet.timestamp) | 0;
    if (this.#lastTransitTicks !== undefined) {
      const differenceTicks = Math.abs((transitTicks - this.#lastTransitTicks) | 0);
      this.#jitterTicks += (differenceTicks - this.#jitterTicks) * JITTER_GAIN;
    }
    this.#lastTransitTicks = transitTicks;
  }
}
