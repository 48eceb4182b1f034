import type { LevelSample, PrismSession, WireEvent } from '@prism/client';
import { type TurnLatency, TurnLatencyMeter } from '@prism/client/inspect';
import type { CallAction } from '../state/call-state.ts';

const STATISTICS_INTERVAL_MS = 1000;
const LEVEL_INTERVAL_MS = 20;

/** Measures one call: levels and statistics by the clock, turns by levels and events. */
export class CallMonitor {
  readonly #dispatch: (action: CallAction) => void;
  readonly #latency = new TurnLatencyMeter();
  #levels: LevelSample = { microphoneRms: 0, agentRms: 0 };
  #published: TurnLatency | undefined;
  #timers: readonly ReturnType<typeof setInterval>[] = [];

  constructor(dispatch: (action: CallAction) => void) {
    this.#dispatch = dispatch;
  }

  /** The newest levels of both sides. */
  get levels(): LevelSample {
    return this.#levels;
  }

  /** Takes an event of either side, now. */
  handle(direction: 'in' | 'out', event: WireEvent): void {
    const atMs = performance.now();
    if (direction === 'in') this.#latency.handle(event, atMs);
    else this.#latency.sent(event, atMs);
    this.#publish();
  }

  /** Begins to measure. */
  start(session: PrismSession): void {
    const statistics = setInterval(() => {
      void this.#readStatistics(session);
    }, STATISTICS_INTERVAL_MS);
    const levels = setInterval(() => {
      this.#levels = session.levels();
      this.#latency.sample(this.#levels, performance.now());
      this.#publish();
    }, LEVEL_INTERVAL_MS);
    this.#timers = [statistics, levels];
    void this.#readStatistics(session);
  }

  /** Idempotent. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  async #readStatistics(session: PrismSession): Promise<void> {
    const statistics = await session.statistics();
    if (statistics === undefined || this.#timers.length === 0) return;
    this.#dispatch({ type: 'statistics.read', statistics, atMs: performance.now() });
  }

  #publish(): void {
    const { latest } = this.#latency;
    if (latest === undefined || latest === this.#published) return;
    this.#published = latest;
    this.#dispatch({ type: 'latency.measured', latency: latest });
  }
}
