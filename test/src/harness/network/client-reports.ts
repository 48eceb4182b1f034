import { MediaReports, type MonotonicMs } from '@prism/core';
import { isRtcp, parseRtpPacket, RTP_HEADER_BYTES, readRtcp } from '@prism/protocol';

const CLOCK_HZ = 48_000;
const TICKS_PER_MS = CLOCK_HZ / 1_000;

/**
 * The reports of a client that speaks and listens, as browsers send them: without them the server knows no round trip,
 * and nothing of what its answers lose. Reports go out with packets, as the server's do.
 */
export class ClientReports {
  readonly #reports: MediaReports;
  readonly #send: (bytes: Uint8Array) => void;

  /** @param ssrc - Of the client's own stream. */
  constructor(ssrc: number, send: (bytes: Uint8Array) => void) {
    this.#reports = new MediaReports({
      ssrc,
      cname: 'client',
      clockHz: CLOCK_HZ,
      wallOffsetMs: performance.timeOrigin,
      rtpTimestampAt: (nowMs) => Math.round(nowMs * TICKS_PER_MS),
    });
    this.#send = send;
  }

  /** The round trip that the server's reports told; undefined before one has. */
  get rttMs(): number | undefined {
    return this.#reports.rttMs;
  }

  /** Takes a packet from the server, RTP or RTCP. */
  received(bytes: Uint8Array): void {
    const nowMs = performance.now() as MonotonicMs;
    if (isRtcp(bytes)) {
      for (const packet of readRtcp(bytes)?.packets ?? []) this.#reports.rtcp(packet, nowMs);
    } else {
      const packet = parseRtpPacket(bytes);
      if (packet !== undefined) this.#reports.received(packet, nowMs);
    }
    this.#poll(nowMs);
  }

  /** A packet of the client's own was sent, for the first time. */
  sent(bytes: Uint8Array): void {
    const nowMs = performance.now() as MonotonicMs;
    this.#reports.sent(bytes.length - RTP_HEADER_BYTES, nowMs);
    this.#poll(nowMs);
  }

  #poll(nowMs: MonotonicMs): void {
    const report = this.#reports.poll(nowMs);
    if (report !== undefined) this.#send(report);
  }
}
