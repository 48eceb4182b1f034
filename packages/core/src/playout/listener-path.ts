import type { ListenerPath } from './heard-estimate.ts';

/** Before RTCP has told a round trip: somewhere on the same continent, or not. */
const UNKNOWN_PATH: ListenerPath = { rttMs: 150, rttJitterMs: 150 };

/** How much of each new deviation counts (RFC 6298, section 2, has a quarter too). */
const JITTER_GAIN = 1 / 4;

/** The way to the listener, from the round trips that RTCP tells. */
export class PathWatch {
  #path: ListenerPath | undefined;

  get path(): ListenerPath {
    return this.#path ?? UNKNOWN_PATH;
  }

  /** `undefined` until a round trip has been told. */
  get rttMs(): number | undefined {
    return this.#path?.rttMs;
  }

  /** Takes the round trip as last told; the same one again changes nothing. */
  told(rttMs: number): void {
    const before = this.#path;
    if (rttMs === before?.rttMs) return;
    const rttJitterMs =
      before === undefined
        ? rttMs / 2
        : before.rttJitterMs + (Math.abs(rttMs - before.rttMs) - before.rttJitterMs) * JITTER_GAIN;
    this.#path = { rttMs, rttJitterMs };
  }
}
