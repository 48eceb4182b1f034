import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import {
  after,
  type Clock,
  LoadGauge,
  type LoadPart,
  type LoadSample,
  type Timer,
} from '@prism/core';
import type { PrismErrorInfo } from '@prism/protocol';
import type { MediaTick } from './media-tick.ts';

/** How often the process looks at itself. */
const SAMPLE_MS = 1_000;
/** How fine the event loop's delay is measured; each measurement is a timer. */
const DELAY_RESOLUTION_MS = 20;
const NS_PER_MS = 1_000_000;

/** How busy and how late the event loop was since it was asked before. */
export interface LoopMeter {
  take(): Pick<LoadSample, 'busyRatio' | 'eventLoopDelayMs'>;
  close(): void;
}

export interface LoadWatchParts {
  readonly clock: Clock;
  readonly tick: Pick<MediaTick, 'takeLatenessMs'>;
  readonly loop: LoopMeter;
  /** Live sessions, and places that are promised. */
  readonly sessionCount: () => number;
}

export interface LoadWatchOptions {
  readonly sessionCountMax: number;
  /** From this load on no session is taken, 0–1; always taken if undefined. */
  readonly refusedAbove: number | undefined;
}

/** Whether a process has room for another session, and how much. */
export interface Capacity {
  readonly load: number;
  readonly parts: Readonly<Record<LoadPart, number>>;
  readonly isOverloaded: boolean;
  readonly reasons: readonly LoadPart[];
}

/** Looks at the process once a second. */
export class LoadWatch {
  readonly #parts: LoadWatchParts;
  readonly #options: LoadWatchOptions;
  readonly #gauge: LoadGauge;
  #timer: Timer | undefined;
  #eventLoopDelayMs = 0;

  constructor(parts: LoadWatchParts, options: LoadWatchOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#gauge = new LoadGauge({ refusedAbove: options.refusedAbove ?? 1 });
    this.#arm();
  }

  /** How late the event loop was in the last sample, 99th percentile. */
  get eventLoopDelayMs(): number {
    return this.#eventLoopDelayMs;
  }

  /** Why no session can be taken right now; `undefined` if there is room. */
  refusal(): PrismErrorInfo | undefined {
    const { isOverloaded, reasons } = this.capacity();
    if (!isOverloaded) return undefined;
    const message = `The server can do no more at the moment (${reasons.join(', ')}).`;
    return { code: 'server_overloaded', message };
  }

  capacity(): Capacity {
    const { parts, isOverloaded, reasons } = this.#gauge;
    // Places change with every session, whenever the process looked last.
    const sessions = Math.min(1, this.#parts.sessionCount() / this.#options.sessionCountMax);
    const isRefusing = isOverloaded && this.#options.refusedAbove !== undefined;
    const now = { ...parts, sessions };
    return {
      load: Math.max(...Object.values(now)),
      parts: now,
      isOverloaded: isRefusing,
      reasons: isRefusing ? reasons : [],
    };
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#parts.loop.close();
  }

  #arm(): void {
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(after(clock.nowMs(), SAMPLE_MS), () => {
      this.#sample();
      this.#arm();
    });
  }

  #sample(): void {
    const { tick, loop, sessionCount } = this.#parts;
    const measured = loop.take();
    this.#eventLoopDelayMs = measured.eventLoopDelayMs;
    this.#gauge.sample({
      ...measured,
      tickLatenessMs: tick.takeLatenessMs(),
      sessions: sessionCount(),
      sessionCountMax: this.#options.sessionCountMax,
    });
  }
}

/** Measures the event loop of this thread (Node's `perf_hooks`). */
export function measureLoop(): LoopMeter {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  let before = performance.eventLoopUtilization();
  return {
    take: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      // The histogram holds the whole interval, of which the resolution is on time.
      const delayMs = delay.count === 0 ? 0 : delay.percentile(99) / NS_PER_MS;
      delay.reset();
      return {
        busyRatio: utilization,
        eventLoopDelayMs: Math.max(0, delayMs - DELAY_RESOLUTION_MS),
      };
    },
    close: () => delay.disable(),
  };
}
