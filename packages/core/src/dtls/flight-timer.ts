import { after, type MonotonicMs } from '../time/clock.ts';

/** First wait of a flight, unless told: as libwebrtc's, since ICE knows that the peer answers. */
export const FIRST_TIMEOUT_MS = 50;
/** Longest wait of a flight. */
const TIMEOUT_MS_MAX = 3_000;

/** How many round trips an answer may take: one, and half of one for the peer's work. */
const ANSWER_ROUND_TRIPS = 1.5;

/** When a flight is sent again (RFC 6347, section 4.2.4.1). */
export class FlightTimer {
  #firstTimeoutMs: number;
  #timeoutMs: number;
  /** The last that was seen. */
  #roundTripMs = 0;
  #dueMs: MonotonicMs | undefined;

  constructor(firstTimeoutMs: number) {
    this.#firstTimeoutMs = firstTimeoutMs;
    this.#timeoutMs = firstTimeoutMs;
  }

  get dueMs(): MonotonicMs | undefined {
    return this.#dueMs;
  }

  /**
   * Least time between two sendings because the peer repeats itself: a round trip, since what left before our flight
   * came there doesn't count; half a first wait where none is known, since the network doubles datagrams too.
   */
  get repeatMsMin(): number {
    return Math.max(this.#firstTimeoutMs / 2, this.#roundTripMs);
  }

  /** A flight that left once was answered after that long: none waits for less than one and a half of it. */
  learn(roundTripMs: number): void {
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
    this.#dueMs = after(nowMs, this.#timeoutMs);
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
