import type { Clock, MonotonicMs, Timer, WallMs } from '@prism/core';

/** Longest delay that Node's timers take without firing at once. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

/** The only module that reads the clock and arms timers. */
export const systemClock: Clock = {
  nowMs: () => performance.now() as MonotonicMs,
  wallMs: () => Date.now() as WallMs,
  setTimer(atMs: MonotonicMs, fire: () => void): Timer {
    const delayMs = Math.min(TIMER_DELAY_MS_MAX, Math.max(0, atMs - performance.now()));
    const handle = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
