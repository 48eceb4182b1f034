/** Timers of a page, so that tests can turn them by hand. */
export interface PageClock {
  /** Calls back every `intervalMs`; the returned function ends that. */
  readonly every: (callback: () => void, intervalMs: number) => () => void;
  /** Calls back with the page's frames, at most every `intervalMs`; not while the page is hidden. */
  readonly everyFrame: (callback: () => void, intervalMs: number) => () => void;
}

/** The clock of the page that this module runs in. */
export const PAGE_CLOCK: PageClock = {
  every: (callback, intervalMs) => {
    const timer = setInterval(callback, intervalMs);
    return () => {
      clearInterval(timer);
    };
  },
  everyFrame: (callback, intervalMs) => {
    let lastMs = -Infinity;
    const onFrame = (nowMs: number): void => {
      frame = requestAnimationFrame(onFrame);
      if (nowMs - lastMs < intervalMs) return;
      lastMs = nowMs;
      callback();
    };
    let frame = requestAnimationFrame(onFrame);
    return () => {
      cancelAnimationFrame(frame);
    };
  },
};
