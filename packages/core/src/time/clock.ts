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

/** The first of two deadlines, either of which there may not be. */
export function earliest<Ms extends number>(
  oneMs: Ms | undefined,
  otherMs: Ms | undefined,
): Ms | undefined {
  if (oneMs === undefined || otherMs === undefined) return oneMs ?? otherMs;
  return otherMs < oneMs ? otherMs : oneMs;
}

/** Whether a deadline is there. */
export function isDue(deadlineMs: MonotonicMs | undefined, nowMs: MonotonicMs): boolean {
  return deadlineMs !== undefined && deadlineMs <= nowMs;
}
