import { after, type MonotonicMs } from '../time/clock.ts';

/** First wait of a flight, unless told: as libwebrtc's, since ICE knows that the peer answers. */
export const FIRST_TIMEOUT_MS = 50;
/** Longest wait of a flight. */
const TIMEOUT_MS_MAX = 3_000;
/** Wait of one that left over a path that loses nothing: TCP's own repeats take as long when the network is away. */
export const RELIABLE_TIMEOUT_MS = 3_000;
/** An answer to a flight that was repeated says how long a round trip is at most, but after so long not much. */
const UNSURE_MS_MAX = 1_000;

/** How many round trips an answer may take: one, and half of one for the peer's work. */
const ANSWER_ROUND_TRIPS = 1.5;

/** When a flight is sent again (RFC 6347, section 4.2.4.1). */
export class FlightTimer {
  #firstTimeoutMs: number;
  #timeoutMs: number;
  /** The last that was seen. */
  #roundTripMs = 0;
  #dueMs: MonotonicMs | undefined;
  #isPathReliable = false;

  constructor(firstTimeoutMs: number) {
    this.#firstTimeoutMs = firstTimeoutMs;
    this.#timeoutMs = firstTimeoutMs;
  }

  get dueMs(): MonotonicMs | undefined {
    return this.#dueMs;
  }

  /** The last round trip that was seen; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs === 0 ? undefined : this.#roundTripMs;
  }

  /** Whether what leaves now gets there by itself, as over TCP. */
  get isPathReliable(): boolean {
    return this.#isPathReliable;
  }

  /**
   * Least time between two sendings because the peer repeats itself: a round trip, since what left before our flight
   * came there doesn't count; half a first wait where none is known, since the network doubles datagrams too.
   */
  get repeatMsMin(): number {
    return Math.max(this.#firstTimeoutMs / 2, this.#roundTripMs);
  }

  /**
   * A flight was answered so long after it first left: none waits for less than one and a half of it. One that was
   * repeated may have been answered late because it was lost (Karn's rule would leave it out); but on every route
   * longer than the first wait the first flight is repeated, and there it is the only one to learn from.
   */
  learn(roundTripMs: number, wasRepeated: boolean): void {
    if (wasRepeated && roundTripMs > UNSURE_MS_MAX) return;
    this.#roundTripMs = roundTripMs;
    const answerMs = Math.min(roundTripMs * ANSWER_ROUND_TRIPS, TIMEOUT_MS_MAX);
    this.#firstTimeoutMs = Math.max(this.#firstTimeoutMs, answerMs);
  }

  /** A new flight has left. */
  begin(nowMs: MonotonicMs): void {
    this.#timeoutMs = this.#firstTimeoutMs;
    this.restart(nowMs);
  }

  /** It has left again for another reason than time. */
  restart(nowMs: MonotonicMs): void {
    const timeoutMs = Math.max(this.#timeoutMs, this.#isPathReliable ? RELIABLE_TIMEOUT_MS : 0);
    this.#dueMs = after(nowMs, timeoutMs);
  }

  /** What left over another path may be lost with it: it waits no longer than over one that loses. */
  pathChanged(isReliable: boolean, nowMs: MonotonicMs): void {
    this.#isPathReliable = isReliable;
    const dueMs = after(nowMs, this.#timeoutMs);
    if (this.#dueMs !== undefined && dueMs < this.#dueMs) this.#dueMs = dueMs;
  }

  /** It has left again because it was time. */
  backOff(nowMs: MonotonicMs): void {
    this.#timeoutMs = Math.min(this.#timeoutMs * 2, TIMEOUT_MS_MAX);
    this.restart(nowMs);
  }

  /** Nothing waits for an answer. */
  stop(): void {
    this.#dueMs = undefined;
  }
}
