/** Smoothing of the power before its minimum is taken: about 30 ms. */
const SMOOTHING_RATIO = 0.3;
/** The minimum of smoothed noise lies a little below its mean. */
const MINIMUM_BIAS_RATIO = 1.5;
const SLICE_HOPS = 20;
const SLICE_COUNT = 8;

/**
 * Power of the noise behind speech: the minimum of the last 1.6 s (minimum statistics, R. Martin 2001, without its
 * optimal smoothing). Speech dips to the noise between syllables, so that it needs no decision about speech; steady
 * noise that begins is learnt within 1.6 s.
 */
export class NoiseFloor {
  readonly #powerMin: number;
  /** Minimum of each slice of 200 ms, in turn; those before the first sound are open. */
  readonly #sliceMinima = new Float64Array(SLICE_COUNT).fill(Number.POSITIVE_INFINITY);
  #slice = 0;
  #sliceHops = 0;
  #smoothedPower = -1;
  #minimum = Number.POSITIVE_INFINITY;

  /** @param powerMin - The floor never falls below this, so that digital silence makes no whisper loud. */
  constructor(powerMin: number) {
    this.#powerMin = powerMin;
  }

  /** Mean square of the noise, in PCM16 units squared. */
  get power(): number {
    if (this.#minimum === Number.POSITIVE_INFINITY) return this.#powerMin;
    return Math.max(this.#powerMin, this.#minimum * MINIMUM_BIAS_RATIO);
  }

  /** Takes the power of one 10 ms hop. */
  add(power: number): void {
    this.#smoothedPower =
      this.#smoothedPower < 0
        ? power
        : this.#smoothedPower + SMOOTHING_RATIO * (power - this.#smoothedPower);
    const smoothed = this.#smoothedPower;
    if (smoothed < (this.#sliceMinima[this.#slice] ?? 0)) this.#sliceMinima[this.#slice] = smoothed;
    if (smoothed < this.#minimum) this.#minimum = smoothed;
    this.#sliceHops += 1;
    if (this.#sliceHops === SLICE_HOPS) this.#nextSlice();
  }

  /** What was taken for speech is noise after all: the floor jumps to it. */
  raiseTo(power: number): void {
    this.#sliceMinima.fill(power / MINIMUM_BIAS_RATIO);
    this.#minimum = power / MINIMUM_BIAS_RATIO;
    this.#smoothedPower = power;
  }

  #nextSlice(): void {
    this.#sliceHops = 0;
    this.#slice = (this.#slice + 1) % SLICE_COUNT;
    this.#sliceMinima[this.#slice] = Number.POSITIVE_INFINITY;
    let minimum = this.#smoothedPower;
    for (let slice = 0; slice < SLICE_COUNT; slice += 1) {
      minimum = Math.min(minimum, this.#sliceMinima[slice] ?? minimum);
    }
    this.#minimum = minimum;
  }
}
