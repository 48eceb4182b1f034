import type { ReceivedPacket } from './held-packets.ts';

type TimedPacket = Pick<ReceivedPacket, 'timestamp' | 'clockHz'>;

/** Of each packet's deviation so much moves the line. */
const LINE_GAIN = 1 / 8;

/** As RFC 3550, section 6.4.1, takes of jitter. */
const DEVIATION_GAIN = 1 / 16;

/** Who is off by more has paused, or its clock was set. */
const DEVIATION_MS_MAX = 500;

/** When packets of a stream come by their RTP time, as those did that came: a line through their arrivals. */
export class ExpectedArrivals {
  #timestamp = 0;
  #clockHz = 0;
  #atMs = 0;
  #deviationMs = 0;

  /** Mean deviation of arrivals from the line. */
  get deviationMs(): number {
    return this.#deviationMs;
  }

  /** When a packet should come, and `nowMs` where nothing is known. */
  expectedMs({ timestamp, clockHz }: TimedPacket, nowMs: number): number {
    if (clockHz === 0 || clockHz !== this.#clockHz) return nowMs;
    return this.#atMs + (((timestamp - this.#timestamp) | 0) * 1_000) / clockHz;
  }

  /**
   * A packet has come by itself. Answers when it should have, itself taken in. What has no clock, since its payload type
   * is unknown, tells nothing.
   */
  observe(packet: TimedPacket, nowMs: number): number {
    if (packet.clockHz === 0) return nowMs;
    const expectedMs = this.expectedMs(packet, nowMs);
    const deviationMs = nowMs - expectedMs;
    const isOff = packet.clockHz !== this.#clockHz || Math.abs(deviationMs) > DEVIATION_MS_MAX;
    this.#timestamp = packet.timestamp;
    this.#clockHz = packet.clockHz;
    this.#atMs = isOff ? nowMs : expectedMs + deviationMs * LINE_GAIN;
    if (!isOff) this.#deviationMs += (Math.abs(deviationMs) - this.#deviationMs) * DEVIATION_GAIN;
    return this.#atMs;
  }
}
