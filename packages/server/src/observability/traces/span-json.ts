import type { SpanAttributes, SpanEvent, SpanRecord } from './span-record.ts';

/** `SpanKind` of OTLP (opentelemetry-proto, trace.proto). */
const KINDS: Readonly<Record<SpanRecord['kind'], number>> = { internal: 1, server: 2, client: 3 };
/** `Status.StatusCode` of OTLP. */
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
/** `SpanFlags` of OTLP: beside those of the W3C, that it is known where the parent is, and that it is elsewhere. */
const FLAG_SAMPLED = 0x1;
const FLAG_HAS_IS_REMOTE = 0x100;
const FLAG_IS_REMOTE = 0x200;

const NANOS_PER_MS = 1e6;
const NANOS_DIGITS = 6;

/** A span as `opentelemetry.proto.trace.v1.Span` in JSON (OTLP 1.5, JSON Protobuf encoding). */
export function spanJson(record: SpanRecord): string {
  const { span, parent, isParentRemote, errorType, attributes } = record;
  const status = errorType === undefined ? STATUS_UNSET : STATUS_ERROR;
  const flags =
    (span.isSampled ? FLAG_SAMPLED : 0) |
    FLAG_HAS_IS_REMOTE |
    (isParentRemote === true && parent !== undefined ? FLAG_IS_REMOTE : 0);
  const all = errorType === undefined ? attributes : { ...attributes, 'error.type': errorType };
  return (
    `{"traceId":"${span.traceId}","spanId":"${span.spanId}"` +
    (parent === undefined ? '' : `,"parentSpanId":"${parent.spanId}"`) +
    `,"name":${JSON.stringify(record.name)},"kind":${KINDS[record.kind]}` +
    `,"startTimeUnixNano":"${nanos(record.startMs)}","endTimeUnixNano":"${nanos(record.endMs)}"` +
    `,"attributes":${attributesJson(all)},"events":${eventsJson(record.events)}` +
    `,"status":{"code":${status}},"flags":${flags}}`
  );
}

/** Attributes as a list of `opentelemetry.proto.common.v1.KeyValue` in JSON. */
export function attributesJson(attributes: SpanAttributes): string {
  let text = '';
  for (const name in attributes) {
    const value = valueJson(attributes[name]);
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}{"key":${JSON.stringify(name)},"value":${value}}`;
  }
  return `[${text}]`;
}

function valueJson(value: SpanAttributes[string]): string | undefined {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${JSON.stringify(value)}}`;
    case 'boolean':
      return `{"boolValue":${value}}`;
    case 'number':
      if (!Number.isFinite(value)) return undefined;
      // Whole numbers of 64 bits are strings in JSON Protobuf encoding; larger ones have none.
      return Number.isSafeInteger(value) ? `{"intValue":"${value}"}` : `{"doubleValue":${value}}`;
    default:
      return undefined;
  }
}

function eventsJson(events: readonly SpanEvent[]): string {
  let text = '';
  for (const { name, atMs, attributes } of events) {
    const event = `{"name":${JSON.stringify(name)},"timeUnixNano":"${nanos(atMs)}","attributes":${attributesJson(attributes)}}`;
    text += text === '' ? event : `,${event}`;
  }
  return `[${text}]`;
}

/** Milliseconds since 1970 in whole nanoseconds; more digits than a number holds. */
function nanos(ms: number): string {
  const wholeMs = Math.floor(ms);
  const restNanos = Math.min(Math.round((ms - wholeMs) * NANOS_PER_MS), NANOS_PER_MS - 1);
  return `${wholeMs}${String(restNanos).padStart(NANOS_DIGITS, '0')}`;
}
