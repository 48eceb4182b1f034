import {
  type HrTime,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { TraceParent } from '@prism/protocol';
import type { SpanAttributes, SpanRecord } from './span-record.ts';

/** How long a collector may take; spans wait meanwhile. */
const EXPORT_TIMEOUT_MS = 5_000;

export interface OtlpSenderOptions {
  /** Base URL of the collector; `/v1/traces` is added (OTLP, endpoint URLs for OTLP/HTTP). */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
}

/** Sends spans by OTLP over HTTP, as JSON. */
export interface OtlpSender {
  /** Rejects if the collector didn't take them after the exporter's own attempts. */
  send(spans: readonly SpanRecord[]): Promise<void>;
  close(): Promise<void>;
}

const KINDS: Readonly<Record<SpanRecord['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
};

export function createOtlpSender(options: OtlpSenderOptions): OtlpSender {
  const { endpoint, headers, serviceName, version } = options;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const resource = resourceFromAttributes({
    'service.name': serviceName,
    'service.version': version,
  });
  const shared = { resource, instrumentationScope: { name: 'prism', version } };
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(
          spans.map((span) => readableOf(span, shared)),
          ({ error }) => {
            if (error === undefined) resolve();
            else reject(error);
          },
        );
      }),
    close: () => exporter.shutdown(),
  };
}

function readableOf(
  record: SpanRecord,
  shared: Pick<ReadableSpan, 'resource' | 'instrumentationScope'>,
): ReadableSpan {
  const { span, parent, startMs, endMs, errorType } = record;
  const context = contextOf(span, false);
  return {
    ...shared,
    name: record.name,
    kind: KINDS[record.kind],
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent, true) }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(Math.max(0, endMs - startMs)),
    status: { code: errorType === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
    attributes: attributesOf({ ...record.attributes, 'error.type': errorType }),
    events: record.events.map(({ name, atMs, attributes }) => ({
      name,
      time: hrTime(atMs),
      attributes: attributesOf(attributes),
    })),
    links: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, spanId, isSampled }: TraceParent, isRemote: boolean): SpanContext {
  return {
    traceId,
    spanId,
    isRemote,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  };
}

function attributesOf(attributes: SpanAttributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** Seconds and nanoseconds, as OpenTelemetry has times. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
