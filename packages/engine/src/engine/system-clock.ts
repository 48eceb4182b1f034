import type { Clock } from '../door/clock.ts';

/** The longest that Node's timers can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The process's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  callAt: (atMs, callback) => {
    // Rounded up: a timer that fires early would only be armed again.
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(atMs - performance.now())));
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
