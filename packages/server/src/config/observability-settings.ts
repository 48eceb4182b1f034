import { z } from 'zod';
import { define, flagSchema } from './define-setting.ts';
import type { Secret } from './secret.ts';
import { secretSchema } from './setting-schemas.ts';

/** What operators see. */
export const OBSERVABILITY_SETTINGS = {
  hasMetrics: define({
    key: 'metrics.enabled',
    schema: flagSchema,
    defaultValue: true,
    doc: 'Whether there are metrics for Prometheus, at GET /metrics: for server keys with the scope metrics, or on a port of their own.',
    env: 'PRISM_METRICS',
  }),
  metricsPort: define<number | undefined>({
    key: 'metrics.port',
    schema: z.coerce.number().int().min(1).max(65_535).optional(),
    defaultValue: undefined,
    doc: 'A port for the metrics alone, without keys: for networks that only Prometheus is on. The main port then has none.',
    env: 'PRISM_METRICS_PORT',
  }),
  metricsHost: define<string>({
    key: 'metrics.host',
    schema: z.string().min(1),
    defaultValue: '127.0.0.1',
    doc: 'Address that metrics.port listens at.',
    env: 'PRISM_METRICS_HOST',
  }),
  tracesEndpoint: define<string | undefined>({
    key: 'traces.endpoint',
    schema: z.url({ protocol: /^https?$/ }).optional(),
    defaultValue: undefined,
    doc: 'Base URL of an OpenTelemetry collector that takes OTLP over HTTP, like http://127.0.0.1:4318; no traces if absent.',
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  }),
  tracesHeaders: define<Secret | undefined>({
    key: 'traces.headers',
    schema: secretSchema,
    defaultValue: undefined,
    doc: 'Headers for the collector as OpenTelemetry has them: name=value, separated by commas, values percent-encoded.',
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    isSecret: true,
  }),
  tracesServiceName: define<string>({
    key: 'traces.serviceName',
    schema: z.string().min(1).max(128),
    defaultValue: 'prism',
    doc: 'What this deployment is called in traces (service.name).',
    env: 'OTEL_SERVICE_NAME',
  }),
  tracesSampleRatio: define<number>({
    key: 'traces.sampleRatio',
    schema: z.coerce.number().min(0).max(1),
    defaultValue: 1,
    doc: 'Of the sessions whose back end says nothing of it (traceparent), how many are traced: 0 to 1.',
    env: 'OTEL_TRACES_SAMPLER_ARG',
  }),
} as const;
