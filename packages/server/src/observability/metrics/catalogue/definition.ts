/** What a metric counts in. Prometheus wants base units, which its name ends in (`_seconds`, `_bytes`, `_ratio`, `_usd`). */
export type MetricUnit = 'seconds' | 'bytes' | 'ratio' | 'usd' | 'count';

/**
 * The values that a label can have, so that nothing a client sends makes a series. `agents` are the names of the
 * configuration, `none` for sessions without one; `routes` those of the HTTP server; `version` is Prism's. What is none
 * of them is `other`.
 */
export type LabelValues = readonly string[] | 'agents' | 'routes' | 'version';

/** One metric: what registration, the reference page, the dashboard and the alert rules are checked against. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: MetricUnit;
  /** One sentence, as `# HELP` has it. */
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** How the figures of several workers become one; they are added up if absent. */
  readonly ofWorkers?: 'highest' | 'lowest' | 'any';
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** What stands for every value that a label doesn't list. */
export const OTHER = 'other';
/** Sessions without an agent. */
export const NO_AGENT = 'none';

/** The values of the labels whose values are known at start alone. */
export type NamedValues = Readonly<Record<Extract<LabelValues, string>, readonly string[]>>;
