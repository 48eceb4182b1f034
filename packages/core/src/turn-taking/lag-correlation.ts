import { BAND_COUNT } from './hop-bands.ts';
import { LOG_POWER_MIN, logPower, type PlayedHistory } from './played-history.ts';

/** Delays looked at, in hops of 10 ms: 0 to 500 ms. */
export const LAG_COUNT = 51;
/** Weight of a new hop: the memory is about 0.8 s. */
const FORGET_RATIO = 1 / 80;
/** A band that varies less than about 3 dB says nothing, in log2 units squared. */
const VARIANCE_MIN = 1;

/** What was played where nothing was. */
const SILENT_BANDS = new Float64Array(BAND_COUNT).fill(LOG_POWER_MIN);

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
    const first = lag * BAND_COUNT;
    let sum = 0;
    let bands = 0;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const capturedMean = this.#capturedMean[band] ?? 0;
      const capturedVariance = (this.#capturedSquare[band] ?? 0) - capturedMean * capturedMean;
      if (capturedVariance < VARIANCE_MIN) continue;
      const playedMean = this.#playedMean[first + band] ?? 0;
      const playedVariance = (this.#playedSquare[first + band] ?? 0) - playedMean * playedMean;
      if (playedVariance < VARIANCE_MIN) continue;
      const covariance = (this.#product[first + band] ?? 0) - playedMean * capturedMean;
      sum += covariance / Math.sqrt(playedVariance * capturedVariance);
      bands += 1;
    }
    return bands < 2 ? 0 : sum / bands;
  }

  #addLag(hop: number, lag: number): void {
    const at = this.#played.offsetOf(hop - lag);
    const first = lag * BAND_COUNT;
    if (at < 0) this.#addBands(first, SILENT_BANDS, 0);
    else this.#addBands(first, this.#played.logPowers, at);
  }

  /** Moves the means from `first` on toward the bands that were played, from `at` on. */
  #addBands(first: number, played: Float64Array, at: number): void {
    const means = this.#playedMean;
    const squares = this.#playedSquare;
    const products = this.#product;
    const captured = this.#captured;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const index = first + band;
      const value = played[at + band] ?? 0;
      means[index] = toward(means[index] ?? 0, value);
      squares[index] = toward(squares[index] ?? 0, value * value);
      products[index] = toward(products[index] ?? 0, value * (captured[band] ?? 0));
    }
  }
}

function toward(mean: number, value: number): number {
  return mean + FORGET_RATIO * (value - mean);
}
