import type { GateWatch } from '../auth/gate.ts';
import type { Settings } from '../config/settings.ts';
import type { AnsweredRequest } from '../http/create-app.ts';
import { createMetricsApp } from '../http/create-metrics-app.ts';
import type { MetricsText } from '../http/routes/metrics.ts';
import type { Logger } from '../observability/logger.ts';
import { PrismMetrics } from '../observability/metrics/prism-metrics.ts';
import { createSessionLog } from '../observability/session-log.ts';
import { EventLoopDelay } from '../runtime/event-loop-delay.ts';
import type { MediaTick } from '../runtime/media-tick.ts';
import { allObservers, type ObserverFactory } from '../runtime/ports/session-observer.ts';
import type { UsageRecord } from '../runtime/ports/usage-store.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { OpenMedia } from './open-media.ts';
import type { OpenSpending } from './open-spending.ts';
import { listenError } from './start-error.ts';

/** Who watches: logs, and metrics unless they are off. */
export interface Observability {
  readonly observers: ObserverFactory;
  readonly gateWatch: GateWatch | undefined;
  readonly used: ((record: UsageRecord) => void) | undefined;
  readonly answered: ((request: AnsweredRequest) => void) | undefined;
  /** The metrics, if they are served by the main port. */
  readonly metrics: MetricsText | undefined;
  /** Reads the process from here on, and serves metrics that have a port of their own. Throws {@link StartError}. */
  start(sources: FigureSources): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What in the process counts by itself. */
export interface FigureSources {
  readonly tick: MediaTick;
  readonly media: OpenMedia;
  readonly spending: OpenSpending;
}

export function openObservability(
  settings: Settings,
  { logger, version }: { readonly logger: Logger; readonly version: string },
): Observability {
  const log = createSessionLog(logger);
  if (!settings.hasMetrics) return onlyLogs(log);
  const metrics = new PrismMetrics({
    clock: systemClock,
    version,
    agentNames: Object.keys(settings.agents),
    sessionCountMax: settings.sessionCountMax,
  });
  const eventLoop = new EventLoopDelay();
  const hasOwnPort = settings.metricsPort !== undefined;
  const ownApp = hasOwnPort ? createMetricsApp(metrics) : undefined;
  return {
    observers: allObservers([log, metrics.sessions]),
    gateWatch: metrics,
    used: metrics.used,
    answered: metrics.answered,
    metrics: hasOwnPort ? undefined : metrics,
    start: async ({ tick, media, spending }) => {
      metrics.readFrom(() => ({
        tick: tick.counters(),
        mediaPort: media.counters(),
        storage: spending.figures(),
        eventLoop: eventLoop.take(),
      }));
      const { metricsPort: port, metricsHost: host } = settings;
      await ownApp?.listen({ port: port ?? 0, host }).catch((error: unknown) => {
        throw listenError(error, `Port ${port} on ${host}`, 'PRISM_METRICS_PORT');
      });
    },
    close: async () => {
      eventLoop.close();
      await ownApp?.close();
    },
  };
}

function onlyLogs(observers: ObserverFactory): Observability {
  return {
    observers,
    gateWatch: undefined,
    used: undefined,
    answered: undefined,
    metrics: undefined,
    start: async () => undefined,
    close: async () => undefined,
  };
}
