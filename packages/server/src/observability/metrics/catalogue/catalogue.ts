import { CONVERSATION_METRICS } from './conversation-metrics.ts';
import type { MetricDefinition } from './definition.ts';
import { MEDIA_METRICS } from './media-metrics.ts';
import { OPERATION_METRICS } from './operation-metrics.ts';
import { SESSION_METRICS } from './session-metrics.ts';

/** Every metric there is, by name. What isn't here is not registered, and nothing may ask for it. */
export const METRICS = {
  ...SESSION_METRICS,
  ...MEDIA_METRICS,
  ...CONVERSATION_METRICS,
  ...OPERATION_METRICS,
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** The names of one type of metric. */
export type MetricNameOf<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** What each label of a metric may be. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof (typeof METRICS)[Name]['labels']]: string;
};

export const METRIC_ENTRIES = Object.entries(METRICS) as readonly (readonly [
  MetricName,
  MetricDefinition,
])[];
