import { powerOf } from './hop.ts';
import { BAND_COUNT } from './hop-bands.ts';

/** A band is learnt from when it is played louder than this. */
const PLAYED_POWER_MIN = powerOf(-56);
/** Share of hops that come back quieter than the level: above the median, since the loud ones are what is heard. */
const QUANTILE_RATIO = 0.7;
const FIRST_HOPS = 40;
const FIRST_STEP_DB = 1.4;
const STEP_DB = 0.3;

/** How much quieter than it was played each band comes back: a running quantile, which a talker moves little. */
export class EchoLevel {
  readonly #bandDb = new Float64Array(BAND_COUNT);
  readonly #bandRatio = new Float64Array(BAND_COUNT);
  readonly #hops = new Uint32Array(BAND_COUNT);
  #playedPower = 0;
  #expectedPower = 0;

  /** Level of the whole, in dB: the bands weighted as they were played of late. */
  get db(): number {
    return 10 * Math.log10(this.#expectedPower / this.#playedPower);
  }

  reset(): void {
    this.#hops.fill(0);
    this.#playedPower = 0;
    this.#expectedPower = 0;
  }

  /** Takes band powers of a hop that was played and of the hop that came in at its delay. */
  learn(played: Float64Array, captured: Float64Array): void {
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const playedPower = played[band] ?? 0;
      if (playedPower < PLAYED_POWER_MIN) continue;
      this.#learnBand(band, 10 * Math.log10(Math.max(1, captured[band] ?? 0) / playedPower));
    }
  }

  /** Power of the echo to expect of what was played. */
  expectedPower(played: Float64Array): number {
    let sum = 0;
    let expected = 0;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const power = played[band] ?? 0;
      sum += power;
      expected += power * (this.#bandRatio[band] ?? 0);
    }
    this.#playedPower += 0.01 * (sum - this.#playedPower);
    this.#expectedPower += 0.01 * (expected - this.#expectedPower);
    return expected;
  }

  #learnBand(band: number, db: number): void {
    const hops = (this.#hops[band] ?? 0) + 1;
    this.#hops[band] = hops;
    const before = this.#bandDb[band] ?? 0;
    const stepDb = hops < FIRST_HOPS ? FIRST_STEP_DB : STEP_DB;
    const after =
      hops === 1 ? db : before + stepDb * (db > before ? QUANTILE_RATIO : QUANTILE_RATIO - 1);
    this.#bandDb[band] = after;
    this.#bandRatio[band] = 10 ** (after / 10);
  }
}
