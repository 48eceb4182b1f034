import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/** How late the event loop came to what was due, in ms. */
export interface EventLoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Watches the event loop from its construction to `close`. */
export class EventLoopDelay {
  readonly #monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#monitor.enable();
  }

  /** The delays since the last call. */
  take(): EventLoopDelays {
    const delays = {
      p50Ms: delayMs(this.#monitor.percentile(50)),
      p99Ms: delayMs(this.#monitor.percentile(99)),
      maxMs: delayMs(this.#monitor.max),
    };
    this.#monitor.reset();
    return delays;
  }

  close(): void {
    this.#monitor.disable();
  }
}

/** The monitor tells how long its timer took, so that an idle loop shows the timer's own interval. */
function delayMs(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NS_PER_MS - RESOLUTION_MS);
}
