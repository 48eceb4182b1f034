/** A stream of numbers that follows from its seed alone. */
export interface SeededRandom {
  /** The next number, 0 ≤ n < 1. */
  next(): number;
}

/** Mulberry32: 32 bits of state, one period of 2^32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** The seed of one session, or of one purpose within it: neighbouring numbers give unrelated seeds. */
export function derivedSeed(seed: number, index: number): number {
  let mixed = Math.imul((seed >>> 0) ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
