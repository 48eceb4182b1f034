import type { GateWatch } from '../auth/gate.ts';
import type { Settings } from '../config/settings.ts';
import type { AnsweredRequest } from '../http/create-app.ts';
import { createMetricsApp } from '../http/create-metrics-app.ts';
import type { MetricsText } from '../http/routes/metrics.ts';
import { PrismMetrics } from '../observability/metrics/prism-metrics.ts';
import { createSessionLog } from '../observability/session-log.ts';
import type { OpenTraces } from '../observability/traces/open-traces.ts';
import type { LoadWatch } from '../runtime/load-watch.ts';
import type { MediaTick } from '../runtime/media-tick.ts';
import { allObservers, type ObserverFactory } from '../runtime/ports/session-observer.ts';
import type { UsageRecord } from '../runtime/ports/usage-store.ts';
import { NO_TRACES, recordedTraces, type TraceSource } from '../runtime/session-trace.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import type { OpenMedia } from './open-media.ts';
import type { OpenSpending } from './open-spending.ts';
import { type ObservabilityParts, startTraces } from './open-traces.ts';
import { randomSpanId, randomTraceId } from './random-ids.ts';
import { listenError } from './start-error.ts';

/** Who watches: logs, metrics unless they are off, traces if there is a collector. */
export interface Observability {
  readonly observers: ObserverFactory;
  readonly traces: TraceSource;
  readonly gateWatch: GateWatch | undefined;
  readonly used: (record: UsageRecord) => void;
  readonly answered: ((request: AnsweredRequest) => void) | undefined;
  /** The metrics, if they are served by the main port. */
  readonly metrics: MetricsText | undefined;
  /** What this process counts, for the scrape of another worker; undefined where metrics are off. */
  data(): Promise<object | undefined>;
  /** Reads the process from here on, and serves metrics that have a port of their own. Throws {@link StartError}. */
  start(sources: FigureSources): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What in the process counts by itself. */
export interface FigureSources {
  readonly tick: MediaTick;
  readonly load: LoadWatch;
  readonly media: OpenMedia;
  readonly spending: OpenSpending;
}

export async function openObservability(
  settings: Settings,
  parts: ObservabilityParts & { readonly seat: WorkerSeat | undefined },
): Promise<Observability> {
  const traces = await startTraces(settings, parts);
  const metrics = settings.hasMetrics ? openMetrics(settings, parts) : undefined;
  const log = createSessionLog(parts.logger);
  return {
    observers: allObservers(
      [log, metrics?.metrics.sessions, traces?.sessions].filter((one) => one !== undefined),
    ),
    traces: traces === undefined ? NO_TRACES : traceSourceOf(settings),
    gateWatch: metrics?.metrics,
    used: (record) => {
      metrics?.metrics.used(record);
      traces?.sessions.used(record);
    },
    answered: metrics?.metrics.answered,
    metrics: settings.metricsPort === undefined ? metrics?.metrics : undefined,
    data: async () => metrics?.metrics.data(),
    start: async (sources) => metrics?.start(sources, traces),
    close: async () => {
      await metrics?.close();
      await traces?.close();
    },
  };
}

function traceSourceOf({ tracesSampleRatio }: Settings): TraceSource {
  return recordedTraces({
    newTraceId: randomTraceId,
    newSpanId: randomSpanId,
    sampleRatio: tracesSampleRatio,
  });
}

interface RunningMetrics {
  readonly metrics: PrismMetrics;
  start(sources: FigureSources, traces: OpenTraces | undefined): Promise<void>;
  close(): Promise<void>;
}

function openMetrics(
  settings: Settings,
  { version, seat }: { readonly version: string; readonly seat: WorkerSeat | undefined },
): RunningMetrics {
  const metrics = new PrismMetrics({
    clock: systemClock,
    version,
    agentNames: Object.keys(settings.agents),
    sessionCountMax: settings.sessionCountMax,
  });
  const { metricsPort: port, metricsHost: host } = settings;
  if (seat !== undefined) metrics.mergeWith(async () => seat.ask('metrics'));
  // One port for the metrics of all workers: the first has it.
  const hasPort = port !== undefined && (seat === undefined || seat.facts.index === 0);
  const ownApp = hasPort ? createMetricsApp(metrics) : undefined;
  return {
    metrics,
    start: async ({ tick, load, media, spending }, traces) => {
      metrics.readFrom(() => ({
        tick: tick.counters(),
        mediaPort: media.counters(),
        storage: spending.figures(),
        load: load.capacity().parts,
        eventLoopDelayMs: load.eventLoopDelayMs,
        spans: traces?.counts() ?? { sent: 0, dropped: 0, failed: 0 },
      }));
      if (port === undefined || ownApp === undefined) return;
      await ownApp.listen({ port, host }).catch((error: unknown) => {
        throw listenError(error, `Port ${port} on ${host}`, 'PRISM_METRICS_PORT');
      });
    },
    close: async () => ownApp?.close(),
  };
}
