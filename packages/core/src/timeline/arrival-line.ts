import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** How long a window of arrivals is of which the quickest counts. */
const WINDOW_MS = 5_000;
/** Audio that comes so much later than the line says has stood still: the line begins anew. */
const STANDSTILL_MS = 500;

/**
 * When each sample of the client's audio came, or would have come on a path as quick as it is at its quickest.
 *
 * The quickest arrival of the newest five to ten seconds is the line: what jitter adds to one packet isn't in it.
 */
export class ArrivalLine {
  #receivedSamples = 0;
  /** Arrival time less position, in ms: the least of the window that is on and of the one before it. */
  #leastMs = Number.POSITIVE_INFINITY;
  #leastBeforeMs = Number.POSITIVE_INFINITY;
  #windowEndsAtMs = Number.NEGATIVE_INFINITY;

  /** All that has come. */
  get receivedSamples(): number {
    return this.#receivedSamples;
  }

  /** Takes `samples` more, which came at `nowMs`. */
  received(samples: number, nowMs: number): void {
    this.#receivedSamples += samples;
    const offsetMs = nowMs - this.#receivedSamples / SAMPLES_PER_MS;
    if (offsetMs - this.#lineMs > STANDSTILL_MS) this.#restart(offsetMs, nowMs);
    else if (nowMs >= this.#windowEndsAtMs) this.#next(offsetMs, nowMs);
    else if (offsetMs < this.#leastMs) this.#leastMs = offsetMs;
  }

  /** When the sample at this position came by the line; `undefined` before any has. */
  arrivalOf(sample: number): number | undefined {
    if (this.#receivedSamples === 0) return undefined;
    return this.#lineMs + sample / SAMPLES_PER_MS;
  }

  get #lineMs(): number {
    return Math.min(this.#leastMs, this.#leastBeforeMs);
  }

  #next(offsetMs: number, nowMs: number): void {
    this.#leastBeforeMs = this.#leastMs;
    this.#leastMs = offsetMs;
    this.#windowEndsAtMs = nowMs + WINDOW_MS;
  }

  #restart(offsetMs: number, nowMs: number): void {
    this.#leastBeforeMs = Number.POSITIVE_INFINITY;
    this.#leastMs = offsetMs;
    this.#windowEndsAtMs = nowMs + WINDOW_MS;
  }
}
