import type { PlayoutReport } from '@prism/protocol';
import { RTP_TICKS_PER_MS } from '../playout/sent-timeline.ts';
import { WindowedLeast } from './windowed-least.ts';

/** How long a window of reports is of which the quickest counts. */
const WINDOW_MS = 20_000;
const PACKET_MS = 20;

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
  readonly #quickest = new WindowedLeast(WINDOW_MS);
  #ssrc: number | undefined;

  /** Takes a report that came at `nowMs`. */
  received(report: PlayoutReport, nowMs: number): void {
    // A new stream may be that of another page, with another clock.
    if (report.ssrc !== this.#ssrc) this.#quickest.restart();
    this.#ssrc = report.ssrc;
    this.#quickest.add(nowMs - report.client_time_ms, nowMs);
  }

  /** The quickest way of a report: arrival less the client's time, in ms. */
  get quickestMs(): number {
    return this.#quickest.value;
  }

  /** A moment of the client's clock on the server's. */
  timeOf(clientMs: number, rttMs: number): number {
    return clientMs + this.#quickest.value - rttMs / 2;
  }
}

/** When the sample of this RTP time leaves the output device, by a report of its stream, on the client's clock. */
export function playedAt(rtpTimestamp: number, report: PlayoutReport): number {
  const ticks = (rtpTimestamp - report.rtp_timestamp) | 0;
  return report.client_time_ms + ticks / RTP_TICKS_PER_MS;
}

/**
 * Whether the listener's jitter buffer, by this report, has come to `place`, or to the packet before it: its sound is
 * heard or on its way there. Before that its place may be that of another answer, before a pause.
 */
export function hasDecoded(place: StreamPlace, report: PlayoutReport): boolean {
  const aheadMs = PACKET_MS + (report.output_latency_ms ?? 0);
  const ticks = (place.rtpTimestamp - report.rtp_timestamp) | 0;
  return report.ssrc === place.ssrc && ticks <= aheadMs * RTP_TICKS_PER_MS;
}
