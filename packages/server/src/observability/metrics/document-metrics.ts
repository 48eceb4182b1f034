import { METRIC_ENTRIES } from './catalogue/catalogue.ts';
import type { LabelValues, MetricDefinition } from './catalogue/definition.ts';

/** Longer lists of values are error codes and the like, which have pages of their own. */
const VALUES_SHOWN_MAX = 12;

/** The reference page of all metrics, in Markdown. */
export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Made from `packages/server/src/observability/metrics/catalogue/` by `npm run docs`; a test proves that it is up to date, and that dashboard and alert rules name nothing else.',
    '',
    'Every label has a bounded set of values: none comes from a client. `agent` is a name of the configuration, or `none`; `code` is an [error code](errors.md); `route` is a route of the API. What is none of the listed values counts as `other`. Durations are in seconds, sizes in bytes, and counters begin at 0 with the process.',
    '',
    'A server of several [workers](../guides/operations.md#several-workers) adds up what each of them has, or says what it does instead.',
    '',
    '| Metric | Type | Labels | What it is |',
    '|---|---|---|---|',
    ...METRIC_ENTRIES.map(([name, definition]) => rowOf(name, definition)),
    '',
  ].join('\n');
}

function rowOf(name: string, { type, labels, help, buckets, ofWorkers }: MetricDefinition): string {
  const labelTexts = Object.entries(labels).map(
    ([label, values]) => `\`${label}\`${valuesText(values)}`,
  );
  const bucketText = buckets === undefined ? '' : ` Buckets up to ${buckets.at(-1)}.`;
  const workersText =
    ofWorkers === undefined ? '' : ` Of several workers ${WORKERS_TEXTS[ofWorkers]}.`;
  return `| \`${name}\` | ${type} | ${labelTexts.join('; ')} | ${help}${bucketText}${workersText} |`;
}

const WORKERS_TEXTS = { highest: 'the highest', lowest: 'the lowest', any: 'any' } as const;

function valuesText(values: LabelValues): string {
  if (typeof values === 'string' || values.length > VALUES_SHOWN_MAX) return '';
  return `: ${values.join(', ')}`;
}
