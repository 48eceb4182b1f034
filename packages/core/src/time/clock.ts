/** The two kinds of time. Machines get the first as an argument and never read a clock. */

/** Milliseconds on a clock that only goes forward; its origin means nothing. */
export type MonotonicMs = number & { readonly __brand: 'MonotonicMs' };

/** Milliseconds since 1970 UTC, for people and tokens, never for deadlines. */
export type WallMs = number & { readonly __brand: 'WallMs' };

/** Something armed that can be called off. Calling off twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time for those who may read it: runners, never machines. */
export interface Clock {
  nowMs(): MonotonicMs;
  wallMs(): WallMs;
  /** Calls `fire` once, at or soon after `atMs`. */
  setTimer(atMs: MonotonicMs, fire: () => void): Timer;
}

/** A moment `delayMs` after `fromMs`. */
export function after(fromMs: MonotonicMs, delayMs: number): MonotonicMs {
  return (fromMs + delayMs) as MonotonicMs;
}
