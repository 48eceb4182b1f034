import { Dice } from './world/dice.ts';

const CHUNK_MS = 10;
const PACKET_MS = 20;
const TICKS_PER_MS = 48;
/** Decoded sound that libwebrtc always keeps, to blend into what it makes up when nothing comes. */
const OVERLAP_MS = 5;
/** What the SDK takes a browser's decoder to be ahead of its output (`packages/client/src/peer-link.ts`). */
const SDK_AHEAD_MS = 11;
/** Crystals differ so much. */
const CLOCK_RATIO = 1 + 50e-6;
const CLIENT_CLOCK_MS = 81_234.5;

export interface ChanceOptions {
  readonly seed: number;
  /** How much of the round trip is the way to Prism. */
  readonly upRatio: number;
  /** The mean of what packets and reports wait on their way; one in ten waits up to ten times that. */
  readonly jitterMs: number;
}

interface Decoded {
  readonly rtpTimestamp: number;
  /** When the browser says that it was. */
  readonly atMs: number;
}

/**
 * The way to a client and the client's browser, by chance from a seed: delays, a clock that runs differently, and
 * libwebrtc's jitter buffer, which gives 10 ms at a time to a device that asks for two at once, decodes a packet
 * whenever less than that is left, and stretches now and then.
 */
export class ChanceClient {
  readonly #dice: Dice;
  readonly #options: ChanceOptions;
  /** Where the device's grid begins, what it holds, and what the browser believes of that. */
  readonly #gridMs: number;
  readonly #latencyMs: number;
  #microphoneAtMs = 0;
  #decoded: readonly Decoded[] = [];

  constructor(options: ChanceOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    this.#gridMs = PACKET_MS * this.#dice.ratio();
    this.#latencyMs = 15 + 30 * this.#dice.ratio();
  }

  /** The client's clock at this time. */
  clockAt(nowMs: number): number {
    return CLIENT_CLOCK_MS + nowMs * CLOCK_RATIO;
  }

  /** When a packet that leaves now is at Prism, in the order in which they were sent. */
  microphoneAtMs(nowMs: number, rttMs: number): number {
    this.#microphoneAtMs = Math.max(this.#microphoneAtMs, this.atPrismMs(nowMs, rttMs));
    return this.#microphoneAtMs;
  }

  /** The same of a report. */
  atPrismMs(nowMs: number, rttMs: number): number {
    return nowMs + rttMs * this.#options.upRatio + this.#waitMs();
  }

  /** What RTCP tells of the round trip. */
  rttMs(rttMs: number): number {
    return rttMs + this.#waitMs() + this.#waitMs();
  }

  /** How late the page's timers are. */
  timerMs(): number {
    return this.#waitMs() / 2;
  }

  /** An answer of so many packets leaves Prism from `sentMs` on. Tells when its first sample leaves the loudspeaker. */
  plays(rtpTimestamp: number, packets: number, path: { sentMs: number; rttMs: number }): number {
    const downMs = path.rttMs * (1 - this.#options.upRatio);
    const bufferedAtMs = path.sentMs + downMs + 20 + 60 * this.#dice.ratio();
    const wakes = Math.ceil((bufferedAtMs - this.#gridMs) / PACKET_MS);
    const startMs = this.#gridMs + wakes * PACKET_MS;
    const decoded: Decoded[] = [];
    let heardMs = 0;
    let restMs = CHUNK_MS * this.#dice.ratio();
    // A packet that comes between the two chunks that are asked for at once is decoded for the second.
    for (let chunk = this.#dice.chance(0.05) ? 1 : 0; decoded.length < packets; chunk += 1) {
      if (restMs < CHUNK_MS) {
        if (decoded.length === 0)
          heardMs = startMs + chunk * CHUNK_MS + this.#latencyMs + OVERLAP_MS + restMs;
        const at = (rtpTimestamp + decoded.length * PACKET_MS * TICKS_PER_MS) >>> 0;
        decoded.push({ rtpTimestamp: at, atMs: startMs + PACKET_MS * (chunk >> 1) });
        restMs += PACKET_MS;
        if (this.#dice.chance(0.05)) restMs += 8 * (this.#dice.ratio() - 0.5);
      }
      restMs -= CHUNK_MS;
    }
    this.#decoded = decoded;
    return heardMs;
  }

  /** What the SDK reports at this time; undefined while no packet of the answer was decoded. */
  report(nowMs: number): { rtpTimestamp: number; outputLatencyMs: number } | undefined {
    const last = this.#decoded.findLast(({ atMs }) => atMs <= nowMs);
    if (last === undefined) return undefined;
    const outputLatencyMs = this.#latencyMs + 3 * (this.#dice.ratio() - 0.5);
    const elapsedMs = Math.min(nowMs - last.atMs - SDK_AHEAD_MS - outputLatencyMs, PACKET_MS);
    const rtpTimestamp = (last.rtpTimestamp + Math.round(elapsedMs * TICKS_PER_MS)) >>> 0;
    return { rtpTimestamp, outputLatencyMs };
  }

  #waitMs(): number {
    const usualMs = -Math.log(1 - this.#dice.ratio()) * this.#options.jitterMs;
    return this.#dice.chance(0.1) ? usualMs * 10 * this.#dice.ratio() : usualMs;
  }
}
