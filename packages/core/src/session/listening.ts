import type { PlayoutReport } from '@prism/protocol';
import { RTP_TICKS_PER_SAMPLE } from '../audio/pcm.ts';
import { HeardEstimate, type HeardItem, type Listener } from '../playout/heard-estimate.ts';
import { PathWatch } from '../playout/listener-path.ts';
import type { PlayedStretch } from '../playout/playout-queue.ts';
import { PlayoutReports } from '../playout/playout-reports.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { SlotStamp } from './session-contract.ts';

/**
 * Who listens, and how far they are: what was sent when and at which RTP time, what the client reports, and the way
 * there.
 */
export class Listening {
  readonly #reports = new PlayoutReports();
  readonly #path = new PathWatch();
  /** Of the stream with the stamp's SSRC; a new peer has a new one. */
  #estimate: HeardEstimate | undefined;
  #stamp: SlotStamp | undefined;

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
    return this.#stamp !== undefined && report.ssrc === this.#stamp.ssrc;
  }

  /** Takes a report. True if it is the newest. */
  receive(report: PlayoutReport, nowMs: MonotonicMs): boolean {
    this.#reports.receive(report, nowMs);
    return this.#reports.latest?.report === report;
  }

  /** A slot has come: what is sent in it has this RTP time. */
  slot(stamp: SlotStamp | undefined): void {
    if (stamp?.ssrc !== this.#stamp?.ssrc)
      this.#estimate = stamp === undefined ? undefined : new HeardEstimate(stamp.ssrc);
    this.#stamp = stamp;
    if (stamp?.rttMs !== undefined) this.#path.told(stamp.rttMs);
  }

  /** Notes a stretch that leaves in this slot, `slotOffsetSamples` from its beginning. */
  sent(
    stretch: PlayedStretch & { readonly offsetSamples: number },
    slotOffsetSamples: number,
    nowMs: MonotonicMs,
  ): void {
    if (this.#stamp === undefined) return;
    const ticks = this.#stamp.rtpTimestamp + slotOffsetSamples * RTP_TICKS_PER_SAMPLE;
    this.#estimate?.sent({ ...stretch, rtpTimestamp: ticks >>> 0, sentAtMs: nowMs });
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
