import { BAND_COUNT } from './hop-bands.ts';
import { LOG_POWER_MIN, logPower, type PlayedHistory } from './played-history.ts';

/** Delays looked at, in hops of 10 ms: 0 to 500 ms. */
export const LAG_COUNT = 51;
/** Weight of a new hop: the memory is about 0.8 s. */
const FORGET_RATIO = 1 / 80;
/** A band that varies less than about 3 dB says nothing, in log2 units squared. */
const VARIANCE_MIN = 1;

/**
 * How alike two streams' loudness goes, at each delay: correlation of log band powers with exponential forgetting. All
 * sums of a lag are over the same hops, so that hops may be left out.
 */
export class LagCorrelation {
  readonly #played: PlayedHistory;
  /** By lag and band: means of the played stream, of its square, and of its product with the captured one. */
  readonly #playedMean = new Float64Array(LAG_COUNT * BAND_COUNT).fill(LOG_POWER_MIN);
  readonly #playedSquare = new Float64Array(LAG_COUNT * BAND_COUNT).fill(LOG_POWER_MIN ** 2);
  readonly #product = new Float64Array(LAG_COUNT * BAND_COUNT).fill(LOG_POWER_MIN ** 2);
  readonly #captured = new Float64Array(BAND_COUNT);
  readonly #capturedMean = new Float64Array(BAND_COUNT).fill(LOG_POWER_MIN);
  readonly #capturedSquare = new Float64Array(BAND_COUNT).fill(LOG_POWER_MIN ** 2);
  #bestLagHops = 0;
  #bestScore = 0;

  constructor(played: PlayedHistory) {
    this.#played = played;
  }

  get bestLagHops(): number {
    return this.#bestLagHops;
  }

  /** Likeness at the best lag as of the last {@link search}, -1 to 1. */
  get bestScore(): number {
    return this.#bestScore;
  }

  /** Takes what came in during the hop of time `hop`, as band powers. */
  add(hop: number, capturedPowers: Float64Array): void {
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const captured = logPower(capturedPowers[band] ?? 0);
      this.#captured[band] = captured;
      this.#capturedMean[band] = toward(this.#capturedMean[band] ?? 0, captured);
      this.#capturedSquare[band] = toward(this.#capturedSquare[band] ?? 0, captured * captured);
    }
    for (let lag = 0; lag < LAG_COUNT; lag += 1) this.#addLag(hop, lag);
  }

  /** Looks for the delay at which the streams are most alike. */
  search(): void {
    this.#bestScore = -1;
    for (let lag = 0; lag < LAG_COUNT; lag += 1) {
      const score = this.scoreAt(lag);
      if (score <= this.#bestScore) continue;
      this.#bestScore = score;
      this.#bestLagHops = lag;
    }
  }

  /** Mean correlation of the bands that vary, at least two; 0 when fewer do. */
  scoreAt(lag: number): number {
    let sum = 0;
    let bands = 0;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const index = lag * BAND_COUNT + band;
      const playedMean = this.#playedMean[index] ?? 0;
      const capturedMean = this.#capturedMean[band] ?? 0;
      const playedVariance = (this.#playedSquare[index] ?? 0) - playedMean * playedMean;
      const capturedVariance = (this.#capturedSquare[band] ?? 0) - capturedMean * capturedMean;
      if (playedVariance < VARIANCE_MIN || capturedVariance < VARIANCE_MIN) continue;
      const covariance = (this.#product[index] ?? 0) - playedMean * capturedMean;
      sum += covariance / Math.sqrt(playedVariance * capturedVariance);
      bands += 1;
    }
    return bands < 2 ? 0 : sum / bands;
  }

  #addLag(hop: number, lag: number): void {
    const { logPowers } = this.#played;
    const at = this.#played.offsetOf(hop - lag);
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const index = lag * BAND_COUNT + band;
      const played = at < 0 ? LOG_POWER_MIN : (logPowers[at + band] ?? 0);
      const captured = this.#captured[band] ?? 0;
      this.#playedMean[index] = toward(this.#playedMean[index] ?? 0, played);
      this.#playedSquare[index] = toward(this.#playedSquare[index] ?? 0, played * played);
      this.#product[index] = toward(this.#product[index] ?? 0, played * captured);
    }
  }
}

function toward(mean: number, value: number): number {
  return mean + FORGET_RATIO * (value - mean);
}
