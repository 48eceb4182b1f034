import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type LabelsOf,
  METRIC_ENTRIES,
  type MetricName,
  type MetricNameOf,
} from './catalogue/catalogue.ts';
import {
  type LabelValues,
  type MetricDefinition,
  type NamedValues,
  OTHER,
} from './catalogue/definition.ts';

/** Metrics with at most so many series are there from the start, at 0, so that an alert on them has a value. */
const SERIES_AT_START_MAX = 32;

const AGGREGATORS = { sum: 'sum', highest: 'max', lowest: 'min', any: 'first' } as const;

interface Registered {
  readonly metric: Counter | Gauge | Histogram;
  readonly allowed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The metrics of one Prism: everything in the catalogue, registered in a registry of its own. */
export class MetricSet {
  readonly #registry = new Registry();
  readonly #metrics = new Map<MetricName, Registered>();

  constructor(named: NamedValues) {
    for (const [name, definition] of METRIC_ENTRIES) {
      const labels = Object.entries(definition.labels).map(
        ([label, values]) => [label, valuesOf(values, named)] as const,
      );
      const metric = this.#register(name, definition);
      this.#metrics.set(name, {
        metric,
        allowed: new Map(labels.map(([label, values]) => [label, new Set(values)])),
      });
      beginAtZero(metric, labels);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds to a counter. */
  add<Name extends MetricNameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    const { metric, bounded } = this.#find(name, labels);
    if (metric instanceof Counter && by > 0) metric.inc(bounded, by);
  }

  observe<Name extends MetricNameOf<'histogram'>>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ): void {
    const { metric, bounded } = this.#find(name, labels);
    if (metric instanceof Histogram) metric.observe(bounded, value);
  }

  /** @param value - NaN where there is none: then there is no series, and another worker's counts alone. */
  set<Name extends MetricNameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const { metric, bounded } = this.#find(name, labels);
    if (!(metric instanceof Gauge)) return;
    if (Number.isNaN(value)) metric.remove(bounded);
    else metric.set(bounded, value);
  }

  /** Sets a counter that is counted elsewhere to what it is there. */
  setTotal(name: MetricNameOf<'counter'>, labels: Readonly<Record<string, string>>, total: number) {
    const { metric, bounded } = this.#find(name, labels);
    if (!(metric instanceof Counter)) return;
    metric.remove(bounded);
    metric.inc(bounded, Math.max(0, total));
  }

  /** All of them, in Prometheus' text format; with those of other workers, as {@link data} gives them, as one. */
  async text(others: readonly unknown[] = []): Promise<string> {
    if (others.length === 0) return this.#registry.metrics();
    return AggregatorRegistry.aggregate([await this.data(), ...others] as object[]).metrics();
  }

  /** All of them, for {@link text} of another worker. */
  async data(): Promise<object> {
    return this.#registry.getMetricsAsJSON();
  }

  #find(
    name: MetricName,
    labels: Readonly<Record<string, string>>,
  ): { readonly metric: Registered['metric']; readonly bounded: Record<string, string> } {
    const registered = this.#metrics.get(name);
    if (registered === undefined) throw new Error(`There is no metric ${name}.`);
    const { metric, allowed } = registered;
    const bounded: Record<string, string> = {};
    for (const [label, values] of allowed) {
      const value = labels[label] ?? '';
      bounded[label] = values.has(value) ? value : OTHER;
    }
    return { metric, bounded };
  }

  #register(name: MetricName, definition: MetricDefinition): Registered['metric'] {
    const options = {
      name,
      help: definition.help,
      labelNames: Object.keys(definition.labels),
      aggregator: AGGREGATORS[definition.ofWorkers ?? 'sum'],
      registers: [this.#registry],
    };
    switch (definition.type) {
      case 'counter':
        return new Counter(options);
      case 'gauge':
        return new Gauge(options);
      case 'histogram':
        return new Histogram({ ...options, buckets: [...(definition.buckets ?? [])] });
    }
  }
}

function valuesOf(values: LabelValues, named: NamedValues): readonly string[] {
  return typeof values === 'string' ? named[values] : values;
}

function beginAtZero(
  metric: Registered['metric'],
  labels: readonly (readonly [string, readonly string[]])[],
): void {
  const seriesCount = labels.reduce((count, [, values]) => count * values.length, 1);
  if (!(metric instanceof Counter) || seriesCount > SERIES_AT_START_MAX) return;
  for (const series of combinationsOf(labels)) metric.inc(series, 0);
}

/** Every combination of the labels' values. */
function combinationsOf(
  labels: readonly (readonly [string, readonly string[]])[],
): readonly Readonly<Record<string, string>>[] {
  return labels.reduce<readonly Readonly<Record<string, string>>[]>(
    (series, [label, values]) =>
      series.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
