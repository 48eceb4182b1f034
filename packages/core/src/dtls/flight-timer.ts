import { after, type MonotonicMs } from '../time/clock.ts';

/** First wait of a flight, unless told: as libwebrtc's, since ICE knows that the peer answers. */
export const FIRST_TIMEOUT_MS = 50;
/** Longest wait of a flight. */
export const TIMEOUT_MS_MAX = 3_000;

/** When a flight is sent again (RFC 6347, section 4.2.4.1). */
export class FlightTimer {
  readonly #firstTimeoutMs: number;
  #timeoutMs: number;
  #dueMs: MonotonicMs | undefined;

  constructor(firstTimeoutMs: number) {
    this.#firstTimeoutMs = firstTimeoutMs;
    this.#timeoutMs = firstTimeoutMs;
  }

  get dueMs(): MonotonicMs | undefined {
    return this.#dueMs;
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
