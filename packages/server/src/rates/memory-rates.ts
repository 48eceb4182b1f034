import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import {
  COUNTED_RATES,
  type CountedRate,
  type RateCounter,
  type RateLimits,
  type RateVerdict,
} from '../auth/rate-limits.ts';

/** Subjects that are counted at a time, per rate; those beyond share what one may have. */
const RATE_SUBJECT_COUNT_MAX = 20_000;

const WINDOW_MS = 60_000;
const WITHIN: RateVerdict = { isWithin: true };
/** Whom those count as for whom there is no room: no real subject has this name. */
const CROWD = '\u0000crowd';

/** Rates counted in this process, in windows of a minute from a subject's first. */
export class MemoryRates implements RateCounter {
  readonly #counters = new Map<CountedRate, BoundedCounter>();

  constructor(options: {
    readonly limits: RateLimits;
    readonly nowMs: () => number;
    readonly subjectCountMax?: number;
  }) {
    const { limits, nowMs, subjectCountMax = RATE_SUBJECT_COUNT_MAX } = options;
    for (const rate of COUNTED_RATES) {
      const points = limits[rate];
      if (points !== undefined)
        this.#counters.set(rate, new BoundedCounter({ points, nowMs, subjectCountMax }));
    }
  }

  /** How often somebody was counted with the crowd, for want of room. */
  get crowdedCount(): number {
    return [...this.#counters.values()].reduce((sum, counter) => sum + counter.crowdedCount, 0);
  }

  async count(rate: CountedRate, subject: string): Promise<RateVerdict> {
    return (await this.#counters.get(rate)?.count(subject)) ?? WITHIN;
  }

  async look(rate: CountedRate, subject: string): Promise<RateVerdict> {
    return (await this.#counters.get(rate)?.look(subject)) ?? WITHIN;
  }
}

interface BoundedCounterOptions {
  readonly points: number;
  readonly nowMs: () => number;
  readonly subjectCountMax: number;
}

/**
 * One rate. The library holds a subject for a window from its first count and has no bound of its own; two generations
 * of names, each of a window, know all that it can hold.
 */
class BoundedCounter {
  readonly #limiter: RateLimiterMemory;
  readonly #options: BoundedCounterOptions;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();
  #youngSinceMs: number;
  #crowdedCount = 0;

  constructor(options: BoundedCounterOptions) {
    this.#options = options;
    this.#youngSinceMs = options.nowMs();
    this.#limiter = new RateLimiterMemory({ points: options.points, duration: WINDOW_MS / 1000 });
  }

  get crowdedCount(): number {
    return this.#crowdedCount;
  }

  async count(subject: string): Promise<RateVerdict> {
    try {
      await this.#limiter.consume(this.#placeOf(subject));
      return WITHIN;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      return { isWithin: false, retryAfterMs: error.msBeforeNext };
    }
  }

  async look(subject: string): Promise<RateVerdict> {
    const isKnown = this.#young.has(subject) || this.#old.has(subject);
    const state = isKnown ? await this.#limiter.get(subject) : null;
    if (state === null || state.consumedPoints < this.#options.points) return WITHIN;
    return { isWithin: false, retryAfterMs: state.msBeforeNext };
  }

  #placeOf(subject: string): string {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#youngSinceMs >= WINDOW_MS) {
      this.#old = this.#young;
      this.#young = new Set();
      this.#youngSinceMs = nowMs;
    }
    if (this.#young.has(subject)) return subject;
    if (this.#young.size >= this.#options.subjectCountMax) {
      this.#crowdedCount += 1;
      return CROWD;
    }
    this.#young.add(subject);
    return subject;
  }
}
