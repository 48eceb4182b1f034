import { z } from 'zod';
import { define, flagSchema } from './define-setting.ts';

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
} as const;
