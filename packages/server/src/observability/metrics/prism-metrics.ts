import { type Clock, LOAD_PARTS, type LoadPart } from '@prism/core';
import type { ErrorCode } from '@prism/protocol';
import type { GateWatch } from '../../auth/gate.ts';
import type { CountedRate } from '../../auth/rate-limits.ts';
import type { ObserverFactory } from '../../runtime/ports/session-observer.ts';
import type { UsageRecord } from '../../runtime/ports/usage-store.ts';
import { NO_AGENT, OTHER } from './catalogue/definition.ts';
import { MetricSet } from './metric-set.ts';
import { collectProcess } from './process-metrics.ts';
import { SessionMetrics } from './session-metrics.ts';
import { UsageCounters } from './usage-counters.ts';

/** What is counted elsewhere in the process and read at a scrape. */
export interface ProcessFigures {
  readonly tick: {
    readonly slots: number;
    readonly missedSlots: number;
    readonly latenessMsMax: number;
  };
  readonly mediaPort: {
    readonly datagramsUnknown: number;
    readonly checksUnknown: number;
    readonly checksRefused: number;
    readonly tcpConnectionsRefused: number;
    readonly tcpConnectionsExpired: number;
  };
  /** How much of the process is used, by what it could run out of: 0 to 1. */
  readonly load: Readonly<Record<LoadPart, number>>;
  /** 99th percentile over the last second. */
  readonly eventLoopDelayMs: number;
  readonly spans: { readonly sent: number; readonly dropped: number; readonly failed: number };
  readonly storage: { readonly waitingCount: number; readonly lostCount: number };
}

export interface PrismMetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly agentNames: readonly string[];
  readonly sessionCountMax: number;
}

/** Routes of the API are counted one by one; whatever else is asked for counts as `other`. */
export const COUNTED_ROUTES: readonly string[] = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/realtime/calls',
  '/v1/realtime/calls/:callId',
  '/v1/realtime/calls/:callId/hangup',
  '/v1/realtime/calls/:callId/accept',
  '/v1/realtime/calls/:callId/reject',
  '/v1/realtime/calls/:callId/refer',
  '/v1/realtime/client_secrets',
  '/v1/realtime/sessions',
  '/v1/realtime/transcription_sessions',
  '/v1/realtime/ice-servers',
  '/v1/prism/info',
  '/v1/prism/agents',
  '/v1/prism/capacity',
  '/v1/prism/sessions',
  '/v1/prism/sessions/:id',
  '/v1/prism/sessions/:id/end',
  '/v1/prism/usage',
  OTHER,
];

/** The metrics of one Prism, which share nothing with those of another one in the same process. */
export class PrismMetrics implements GateWatch {
  readonly #set: MetricSet;
  readonly #sessions: SessionMetrics;
  readonly #usage = new UsageCounters();
  readonly #clock: Clock;
  #figures: (() => ProcessFigures) | undefined;
  /** What the other workers have, where there are any. */
  #others: (() => Promise<readonly unknown[]>) | undefined;
  #scraping: Promise<string> | undefined;

  constructor({ clock, version, agentNames, sessionCountMax }: PrismMetricsOptions) {
    this.#clock = clock;
    this.#set = new MetricSet({
      agents: [NO_AGENT, ...agentNames, OTHER],
      routes: COUNTED_ROUTES,
      version: [version],
    });
    this.#sessions = new SessionMetrics(this.#set, () => clock.nowMs());
    const startS = clock.wallMs() / 1_000 - process.uptime();
    this.#set.set('process_start_time_seconds', {}, startS);
    this.#set.set('prism_build_info', { version }, 1);
    this.#set.set('prism_sessions_max', {}, sessionCountMax);
  }

  get sessions(): ObserverFactory {
    return this.#sessions;
  }

  get contentType(): string {
    return this.#set.contentType;
  }

  /** Where the rest is read from, once it is there. */
  readFrom(figures: () => ProcessFigures): void {
    this.#figures = figures;
  }

  /** Whom a scrape asks besides: the other workers. */
  mergeWith(others: () => Promise<readonly unknown[]>): void {
    this.#others = others;
  }

  /** What this process has, for another worker's scrape. */
  async data(): Promise<object> {
    await this.#collect();
    return this.#set.data();
  }

  /** A caller was not let in. */
  refused(code: ErrorCode): void {
    this.#set.add('prism_access_refusals_total', { code });
  }

  /** A caller came too often. */
  rateExceeded(rate: CountedRate): void {
    this.#set.add('prism_rate_refusals_total', { rate });
  }

  readonly used = (record: UsageRecord): void => {
    this.#usage.used(record);
  };

  /** An HTTP request was answered: of this route, as it was registered. */
  readonly answered = (request: {
    readonly route: string;
    readonly httpStatus: number;
    readonly durationMs: number;
  }): void => {
    const { route, httpStatus, durationMs } = request;
    const status = `${Math.floor(httpStatus / 100)}xx`;
    const labels = { route: route.replace(/^\/openai\/v1\//, '/v1/'), status };
    this.#set.observe('prism_http_request_duration_seconds', labels, durationMs / 1_000);
  };

  /** Everything, in Prometheus' text format. */
  scrape(): Promise<string> {
    // Who asks meanwhile gets the same.
    this.#scraping ??= this.#scrape().finally(() => {
      this.#scraping = undefined;
    });
    return this.#scraping;
  }

  async #scrape(): Promise<string> {
    const [others, startMs] = await Promise.all([this.#others?.(), this.#collect()]);
    const text = await this.#set.text(others);
    this.#set.set('prism_scrape_duration_seconds', {}, (this.#clock.nowMs() - startMs) / 1_000);
    return text;
  }

  /** @returns When the text can be begun. */
  async #collect(): Promise<number> {
    await this.#sessions.collect(() => this.#pause());
    const startMs = this.#clock.nowMs();
    this.#usage.collect(this.#set);
    collectProcess(this.#set);
    this.#collectFigures();
    return startMs;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(this.#clock.nowMs(), resolve);
    });
  }

  #collectFigures(): void {
    const figures = this.#figures?.();
    if (figures === undefined) return;
    const { tick, mediaPort, storage, load, eventLoopDelayMs, spans } = figures;
    const set = this.#set;
    set.setTotal('prism_media_tick_slots_total', {}, tick.slots);
    set.setTotal('prism_media_tick_missed_slots_total', {}, tick.missedSlots);
    set.set('prism_media_tick_lateness_max_seconds', {}, tick.latenessMsMax / 1_000);
    for (const [kind, count] of [
      ['unknown_datagram', mediaPort.datagramsUnknown],
      ['unknown_check', mediaPort.checksUnknown],
      ['wrong_password', mediaPort.checksRefused],
      ['tcp_refused', mediaPort.tcpConnectionsRefused],
      ['tcp_expired', mediaPort.tcpConnectionsExpired],
    ] as const)
      set.setTotal('prism_media_port_refusals_total', { kind }, count);
    set.set('prism_event_loop_delay_seconds', {}, eventLoopDelayMs / 1_000);
    for (const part of LOAD_PARTS) set.set('prism_load_ratio', { part }, load[part]);
    for (const [outcome, count] of Object.entries(spans))
      set.setTotal('prism_trace_spans_total', { outcome }, count);
    set.set('prism_storage_queue_records', {}, storage.waitingCount);
    set.setTotal('prism_storage_lost_records_total', {}, storage.lostCount);
  }
}
