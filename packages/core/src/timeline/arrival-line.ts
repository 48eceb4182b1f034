import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { WindowedLeast } from './windowed-least.ts';

/**
 * How long a window of arrivals is of which the quickest counts: long enough for one among its packets not to have
 * waited, short enough for a microphone that stood still, after which everything comes later, not to count for long.
 */
const WINDOW_MS = 500;
/** Audio that comes so much later than the line says has stood still: the line begins anew. */
const STANDSTILL_MS = 200;

/**
 * When each sample of the client's audio came, or would have come on a path as quick as it is at its quickest.
 *
 * The quickest arrival of the newest half to whole second is the line: what jitter adds to one packet isn't in it.
 */
export class ArrivalLine {
  #receivedSamples = 0;
  /** Arrival time less position, in ms. */
  readonly #line = new WindowedLeast(WINDOW_MS, STANDSTILL_MS);

  /** How far off the line may be, as its two windows differ, in ms. */
  get errorMs(): number {
    return this.#line.spread;
  }

  /** Takes `samples` more, which came at `nowMs`. */
  received(samples: number, nowMs: number): void {
    this.#receivedSamples += samples;
    this.#line.add(nowMs - this.#receivedSamples / SAMPLES_PER_MS, nowMs);
  }

  /** When the sample at this position came by the line; `undefined` before any has. */
  arrivalOf(sample: number): number | undefined {
    if (this.#receivedSamples === 0) return undefined;
    return this.#line.value + sample / SAMPLES_PER_MS;
  }
}
