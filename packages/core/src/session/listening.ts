import type { PlayoutReport } from '@prism/protocol';
import { RTP_TICKS_PER_SAMPLE } from '../audio/pcm.ts';
import { HeardEstimate, type HeardItem, type Listener } from '../playout/heard-estimate.ts';
import { PathWatch } from '../playout/listener-path.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import { PlayoutReports } from '../playout/playout-reports.ts';
import type { SentStretch } from '../playout/sent-timeline.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { SlotStamp } from './session-contract.ts';

/** A stretch of one item that leaves in a slot. */
export interface LeavingStretch {
  readonly source: AudioSource;
  /** Where it begins in the item as it was generated. */
  readonly offsetSamples: number;
  readonly samples: number;
  /** Where it begins in the slot. */
  readonly slotOffsetSamples: number;
}

/**
 * Who listens, and how far they are: what was sent when and at which RTP time, what the client reports, and the way
 * there.
 */
export class Listening {
  readonly #reports = new PlayoutReports();
  readonly #path = new PathWatch();
  /** Of the stream with the stamp's SSRC; a new peer has a new one. */
  #estimate: HeardEstimate | undefined;
  /** The stream, and its RTP time in this slot. */
  #ssrc: number | undefined;
  #rtpTimestamp = 0;
  /** The one that is noted: one for all, since each frame would make another. */
  #sent: { -readonly [Name in keyof SentStretch]: SentStretch[Name] } | undefined;

  get reportsReceived(): number {
    return this.#reports.receivedCount;
  }

  get reportsStale(): number {
    return this.#reports.staleCount;
  }

  /** `undefined` until RTCP has told one. */
  get rttMs(): number | undefined {
    return this.#path.rttMs;
  }

  /** As far as is known: an assumption until RTCP has told. */
  get assumedRttMs(): number {
    return this.#path.path.rttMs;
  }

  /** Whether the client said that it goes silent at the next cut, and where it did then. */
  get goesSilent(): boolean {
    const report = this.#reports.latest?.report;
    return report?.when_cleared === 'goes_silent' && this.isOfStream(report);
  }

  /** Whether a report is about the stream that is sent. */
  isOfStream(report: PlayoutReport): boolean {
    return report.ssrc === this.#ssrc;
  }

  /** Takes a report. True if it is the newest. */
  receive(report: PlayoutReport, nowMs: MonotonicMs): boolean {
    this.#reports.receive(report, nowMs);
    return this.#reports.latest?.report === report;
  }

  /** A slot has come: what is sent in it has this RTP time. */
  slot(stamp: SlotStamp | undefined): void {
    if (stamp?.ssrc !== this.#ssrc)
      this.#estimate = stamp === undefined ? undefined : new HeardEstimate(stamp.ssrc);
    this.#ssrc = stamp?.ssrc;
    if (stamp === undefined) return;
    this.#rtpTimestamp = stamp.rtpTimestamp;
    if (stamp.rttMs !== undefined) this.#path.told(stamp.rttMs);
  }

  /** Notes a stretch that leaves in this slot. */
  sent(stretch: LeavingStretch, nowMs: MonotonicMs): void {
    if (this.#estimate === undefined) return;
    const { source, offsetSamples, samples, slotOffsetSamples } = stretch;
    const rtpTimestamp = (this.#rtpTimestamp + slotOffsetSamples * RTP_TICKS_PER_SAMPLE) >>> 0;
    const sent = (this.#sent ??= { source, offsetSamples, samples, rtpTimestamp, sentAtMs: nowMs });
    sent.source = source;
    sent.offsetSamples = offsetSamples;
    sent.samples = samples;
    sent.rtpTimestamp = rtpTimestamp;
    sent.sentAtMs = nowMs;
    this.#estimate.sent(sent);
  }

  /** What has been heard by now; nothing of what is not RTP. */
  now(nowMs: MonotonicMs): readonly HeardItem[] {
    return this.#estimate?.now(this.#listener, nowMs) ?? [];
  }

  /** What will have been heard if nothing is sent from now on. */
  atCut(nowMs: MonotonicMs): readonly HeardItem[] {
    return this.#estimate?.atCut(this.#listener, nowMs) ?? [];
  }

  /** What was heard by a client that fell silent where this report says. */
  upTo(report: PlayoutReport): readonly HeardItem[] {
    return this.#estimate?.upTo(report.rtp_timestamp) ?? [];
  }

  get #listener(): Listener {
    const { path } = this.#path;
    const received = this.#reports.latest;
    return received === undefined
      ? { type: 'plays_out', path }
      : { type: 'reports', received, path };
  }
}
