import type { PlayoutReport } from '@prism/protocol';
import { RTP_TICKS_PER_MS } from '../playout/sent-timeline.ts';

/** How long a window of reports is of which the quickest counts. */
const WINDOW_MS = 20_000;

/** A place in the outgoing stream. */
export interface StreamPlace {
  readonly ssrc: number;
  /** 32 bits. */
  readonly rtpTimestamp: number;
}

/**
 * The client's clock on the server's, from its playout reports: the quickest report of the newest 20 to 40 seconds,
 * less half of the round trip. So a report that waited for its channel doesn't move what it says.
 */
export class ListenerClock {
  /** Arrival less the client's time, in ms. */
  #leastMs = Number.POSITIVE_INFINITY;
  #leastBeforeMs = Number.POSITIVE_INFINITY;
  #windowEndsAtMs = Number.NEGATIVE_INFINITY;
  #ssrc: number | undefined;

  /** Takes a report that came at `nowMs`. */
  received(report: PlayoutReport, nowMs: number): void {
    const offsetMs = nowMs - report.client_time_ms;
    // A new stream may be that of another page, with another clock.
    if (report.ssrc !== this.#ssrc) this.#leastMs = Number.POSITIVE_INFINITY;
    if (report.ssrc !== this.#ssrc || nowMs >= this.#windowEndsAtMs) {
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = offsetMs;
      this.#windowEndsAtMs = nowMs + WINDOW_MS;
      this.#ssrc = report.ssrc;
    } else if (offsetMs < this.#leastMs) this.#leastMs = offsetMs;
  }

  /** A moment of the client's clock on the server's. */
  timeOf(clientMs: number, rttMs: number): number {
    return clientMs + Math.min(this.#leastMs, this.#leastBeforeMs) - rttMs / 2;
  }
}

/** When the sample of this RTP time leaves the output device, by a report of its stream, on the client's clock. */
export function playedAt(rtpTimestamp: number, report: PlayoutReport): number {
  const ticks = (rtpTimestamp - report.rtp_timestamp) | 0;
  return report.client_time_ms + ticks / RTP_TICKS_PER_MS;
}

/** Whether the listener, by this report, has come to `place`. */
export function hasReached(place: StreamPlace, report: PlayoutReport): boolean {
  return report.ssrc === place.ssrc && ((place.rtpTimestamp - report.rtp_timestamp) | 0) <= 0;
}
