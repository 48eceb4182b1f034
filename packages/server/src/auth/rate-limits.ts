/** What is counted at the door, in a window of a minute each. */
export const COUNTED_RATES = [
  'sessions_per_key',
  'sessions_per_user',
  'sessions_per_address',
  'secrets_per_key',
  'failures_per_address',
] as const;

export type CountedRate = (typeof COUNTED_RATES)[number];

/** How often something may happen in a minute; `undefined` is no limit. */
export type RateLimits = Readonly<Record<CountedRate, number | undefined>>;

export type RateVerdict =
  | { readonly isWithin: true }
  | { readonly isWithin: false; readonly retryAfterMs: number };

/** Counts what happens per key, user and address. Asynchronous, so that several processes may share the count. */
export interface RateCounter {
  /** Counts one. */
  count(rate: CountedRate, subject: string): Promise<RateVerdict>;
  /** Only looks. */
  look(rate: CountedRate, subject: string): Promise<RateVerdict>;
}

/** No limit at all. */
export const NO_RATES: RateCounter = {
  count: async () => ({ isWithin: true }),
  look: async () => ({ isWithin: true }),
};
