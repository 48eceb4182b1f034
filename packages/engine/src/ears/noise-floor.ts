/** A faint white noise, the same each time it begins. */
export class NoiseFloor {
  readonly #amplitude: number;
  #state = 1;

  /** @param amplitude - Of its loudest samples, in the unit that is wanted. */
  constructor(amplitude: number) {
    this.#amplitude = amplitude;
  }

  /** The next sample. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0;
    return (this.#state / 0x8000_0000 - 1) * this.#amplitude;
  }
}
