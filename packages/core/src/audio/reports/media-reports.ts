import {
  compactFromMs,
  compactNtp,
  ntpTimeFromMs,
  type ReportBlock,
  type RtcpPacket,
  type RtpPacket,
  roundTripMs,
  type SenderReport,
  writeRtcp,
} from '@prism/protocol';
import type { MonotonicMs } from '../../time/clock.ts';
import { type ReceptionCounts, ReceptionStatistics } from './reception-statistics.ts';

/** Between reports once the round trip is sure (RFC 3550, section 6.2: about 5 s for two participants). */
const REPORT_INTERVAL_MS = 5_000;

/** Before the first report, and between reports until the other side's have told so many round trips. */
const SURE_ROUND_TRIP_COUNT = 3;
const FAST_REPORT_INTERVAL_MS = 1_000;

/** Reports at the fast interval; a client that answers none of them is told no more often than others. */
const FAST_REPORT_COUNT_MAX = 15;

/** Round trips of which the lowest counts: of half a minute. */
const ROUND_TRIP_COUNT = 5;

/** How the other side receives what we send, by its last report. */
export interface RemoteReception {
  /** Share of packets lost in the interval of its last report, 0 … 1. */
  readonly fractionLost: number;
  /** Since the beginning, before what it recovered. */
  readonly packetsLost: number;
  readonly jitterMs: number;
}

export interface MediaReportsOptions {
  /** Our stream's, and the name its SDP gives it. */
  readonly ssrc: number;
  readonly cname: string;
  /** The RTP clock of both streams; a client that changes its codec in the middle has its jitter told too high once. */
  readonly clockHz: number;
  /** Wall-clock time minus monotonic time, in ms, taken once: reports never step with the wall clock. */
  readonly wallOffsetMs: number;
  /** Our stream's RTP time at a moment, as its packets' time runs. */
  readonly rtpTimestampAt: (nowMs: MonotonicMs) => number;
}

export interface MediaReportsCounters {
  readonly reportsSent: number;
  readonly reportsReceived: number;
}

/**
 * When to report to the other side about one stream each way, what to say, and what its reports say (RFC 3550,
 * section 6).
 *
 * It has no timer: whoever sends and receives packets asks `poll` after each. Where nothing flows there is nothing to
 * report. The first packet sent is followed by a report at once, so that the other side's next one can tell the round
 * trip. Between two participants there is nothing to spread, so that intervals aren't randomised.
 */
export class MediaReports {
  readonly #options: MediaReportsOptions;
  readonly #reception: ReceptionStatistics;
  #packetsSent = 0;
  #octetsSent = 0;
  #packetsSentAtReport = 0;
  #dueMs: number | undefined;
  #fastReports = 0;
  #reportsSent = 0;
  #reportsReceived = 0;
  /** The last ones, newest first; at most {@link ROUND_TRIP_COUNT}. */
  #rttsMs: readonly number[] = [];
  #assumedRttMs: number | undefined;
  #remote: RemoteReception | undefined;
  #lastSenderReport: { readonly compact: number; readonly atMs: number } | undefined;

  constructor(options: MediaReportsOptions) {
    this.#options = options;
    this.#reception = new ReceptionStatistics(options.clockHz);
  }

  /** Our stream's. */
  get ssrc(): number {
    return this.#options.ssrc;
  }

  /** The last round trip that a report told; `undefined` until one has. */
  get rttMs(): number | undefined {
    return this.#rttsMs[0];
  }

  /**
   * The lowest of the last five round trips; `undefined` until one is known. A queue, or a pause of either process,
   * makes single ones longer: this is what the path itself takes.
   */
  get lowestRttMs(): number | undefined {
    const assumed =
      this.#assumedRttMs === undefined || this.#rttsMs.length === ROUND_TRIP_COUNT
        ? []
        : [this.#assumedRttMs];
    const rttsMs = [...this.#rttsMs, ...assumed];
    return rttsMs.length === 0 ? undefined : Math.min(...rttsMs);
  }

  /** A round trip known from elsewhere: counts for the lowest one until reports have told five. */
  assumeRtt(rttMs: number): void {
    this.#assumedRttMs = rttMs;
  }

  /** `undefined` until the other side has reported on our stream. */
  get remote(): RemoteReception | undefined {
    return this.#remote;
  }

  get reception(): ReceptionCounts {
    return this.#reception.counts();
  }

  counters(): MediaReportsCounters {
    return { reportsSent: this.#reportsSent, reportsReceived: this.#reportsReceived };
  }

  /** An RTP packet of the other side's stream came at `nowMs`. */
  received(packet: RtpPacket, nowMs: MonotonicMs): void {
    this.#reception.received(packet, nowMs);
    this.#dueMs ??= nowMs + FAST_REPORT_INTERVAL_MS;
  }

  /** An RTP packet of ours left with so many bytes of payload. Retransmissions don't count (RFC 4588, section 9). */
  sent(payloadBytes: number, nowMs: MonotonicMs): void {
    if (this.#packetsSent === 0) this.#dueMs = nowMs;
    this.#packetsSent += 1;
    this.#octetsSent += payloadBytes;
  }

  /** Takes in what an RTCP packet says. True if it had a report on our stream. */
  rtcp(packet: RtcpPacket, nowMs: MonotonicMs): boolean {
    if (packet.type !== 'sender_report' && packet.type !== 'receiver_report') return false;
    this.#reportsReceived += 1;
    if (packet.type === 'sender_report') this.#heardSender(packet, nowMs);
    const block = packet.reports.find(({ ssrc }) => ssrc === this.#options.ssrc);
    if (block === undefined) return false;
    const rttMs = roundTripMs(this.#compactNtpAt(nowMs), block);
    if (rttMs !== undefined) this.#rttsMs = [rttMs, ...this.#rttsMs].slice(0, ROUND_TRIP_COUNT);
    this.#remote = {
      fractionLost: block.fractionLost / 256,
      packetsLost: block.packetsLost,
      jitterMs: (block.jitterTicks * 1_000) / this.#options.clockHz,
    };
    return true;
  }

  /** The report to send now, if one is due. */
  poll(nowMs: MonotonicMs): Uint8Array | undefined {
    if (this.#dueMs === undefined || nowMs < this.#dueMs) return undefined;
    const isFast =
      this.#rttsMs.length < SURE_ROUND_TRIP_COUNT && this.#fastReports < FAST_REPORT_COUNT_MAX;
    if (isFast) this.#fastReports += 1;
    this.#dueMs = nowMs + (isFast ? FAST_REPORT_INTERVAL_MS : REPORT_INTERVAL_MS);
    this.#reportsSent += 1;
    return writeRtcp(this.#compound(nowMs));
  }

  /** Our last words (RFC 3550, section 6.6). `undefined` if nothing was ever reported: nobody knows us. */
  bye(nowMs: MonotonicMs): Uint8Array | undefined {
    if (this.#reportsSent === 0) return undefined;
    return writeRtcp([...this.#compound(nowMs), { type: 'bye', ssrcs: [this.#options.ssrc] }]);
  }

  #compound(nowMs: MonotonicMs): RtcpPacket[] {
    const { ssrc, cname } = this.#options;
    const reports = this.#blocks(nowMs);
    // Who has sent since the last report is a sender (RFC 3550, section 6.4).
    const isSender = this.#packetsSent > this.#packetsSentAtReport;
    this.#packetsSentAtReport = this.#packetsSent;
    const report: RtcpPacket = isSender
      ? {
          type: 'sender_report',
          ssrc,
          ntpTime: ntpTimeFromMs(nowMs + this.#options.wallOffsetMs),
          rtpTimestamp: this.#options.rtpTimestampAt(nowMs),
          packetCount: this.#packetsSent,
          octetCount: this.#octetsSent,
          reports,
        }
      : { type: 'receiver_report', ssrc, reports };
    return [report, { type: 'source_description', chunks: [{ ssrc, cname }] }];
  }

  #blocks(nowMs: MonotonicMs): readonly ReportBlock[] {
    const block = this.#reception.takeBlock();
    if (block === undefined) return [];
    const heard = this.#lastSenderReport;
    return [
      {
        ...block,
        lastSenderReport: heard?.compact ?? 0,
        delaySinceLastSenderReport: heard === undefined ? 0 : compactFromMs(nowMs - heard.atMs),
      },
    ];
  }

  #heardSender(report: SenderReport, nowMs: MonotonicMs): void {
    this.#lastSenderReport = { compact: compactNtp(report.ntpTime), atMs: nowMs };
  }

  #compactNtpAt(nowMs: MonotonicMs): number {
    return compactNtp(ntpTimeFromMs(nowMs + this.#options.wallOffsetMs));
  }
}
