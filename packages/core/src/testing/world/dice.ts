/** Random numbers from a seed (mulberry32), so that every world can be made again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1. */
  ratio(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.ratio() * (max - min + 1));
  }

  chance(ratio: number): boolean {
    return this.ratio() < ratio;
  }

  pick<Value>(values: readonly Value[]): Value | undefined {
    return values[Math.floor(this.ratio() * values.length)];
  }
}
