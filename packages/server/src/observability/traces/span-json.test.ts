import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { attributesJson, spanJson } from './span-json.ts';
import type { SpanRecord } from './span-record.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const ROOT: SpanRecord = {
  name: 'realtime session',
  kind: 'server',
  span: { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: true },
  parent: undefined,
  startMs: 1_764_192_702_123.25,
  endMs: 1_764_192_702_124,
  attributes: {},
  events: [],
  errorType: undefined,
};

suite('spans as JSON', () => {
  test('[TRC10] a span has the names, kinds, times and flags of OTLP', () => {
    assert.deepEqual(JSON.parse(spanJson(ROOT)), {
      traceId: TRACE_ID,
      spanId: '00f067aa0ba902b7',
      name: 'realtime session',
      kind: 2,
      startTimeUnixNano: '1764192702123250000',
      endTimeUnixNano: '1764192702124000000',
      attributes: [],
      events: [],
      status: { code: 0 },
      flags: 0x101,
    });
  });

  test('[TRC10] below another one, failed, with attributes and events', () => {
    const span: SpanRecord = {
      ...ROOT,
      name: 'chat "gpt"\n',
      kind: 'client',
      parent: { traceId: TRACE_ID, spanId: 'b7ad6b7169203331', isSampled: true },
      attributes: { text: 'a "b"', whole: 3, share: 0.5, isOn: false, none: undefined },
      events: [
        { name: 'first_audio', atMs: 1_764_192_702_123.5, attributes: {} },
        { name: 'interrupted', atMs: 5, attributes: { by: 'speech' } },
      ],
      errorType: 'failed',
    };
    const read = JSON.parse(spanJson(span)) as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      [read['name'], read['kind'], read['parentSpanId'], read['status'], read['flags']],
      ['chat "gpt"\n', 3, 'b7ad6b7169203331', { code: 2 }, 0x101],
    );
    assert.deepEqual(read['attributes'], [
      { key: 'text', value: { stringValue: 'a "b"' } },
      { key: 'whole', value: { intValue: '3' } },
      { key: 'share', value: { doubleValue: 0.5 } },
      { key: 'isOn', value: { boolValue: false } },
      { key: 'error.type', value: { stringValue: 'failed' } },
    ]);
    assert.deepEqual(read['events'], [
      { name: 'first_audio', timeUnixNano: '1764192702123500000', attributes: [] },
      {
        name: 'interrupted',
        timeUnixNano: '5000000',
        attributes: [{ key: 'by', value: { stringValue: 'speech' } }],
      },
    ]);
  });

  test('[TRC10] only a parent of another process is remote', () => {
    const parent = { traceId: TRACE_ID, spanId: 'b7ad6b7169203331', isSampled: true };
    const flagsOf = (more: Partial<SpanRecord>): unknown =>
      (JSON.parse(spanJson({ ...ROOT, ...more })) as Readonly<Record<string, unknown>>)['flags'];
    assert.equal(flagsOf({ parent, isParentRemote: true }), 0x301);
    assert.equal(flagsOf({ parent }), 0x101);
    assert.equal(flagsOf({ isParentRemote: true }), 0x101);
  });

  test('[TRC10] whole numbers are strings, as 64 bits are in JSON; those beyond what a number holds are not whole', () => {
    assert.equal(attributesJson({ a: -7 }), '[{"key":"a","value":{"intValue":"-7"}}]');
    assert.equal(attributesJson({ a: 1e21 }), '[{"key":"a","value":{"doubleValue":1e+21}}]');
  });

  test('[TRC10] a time within a nanosecond of the next millisecond stays in its own', () => {
    const span = { ...ROOT, startMs: 7.999_999_9, endMs: 8 };
    const read = JSON.parse(spanJson(span)) as Readonly<Record<string, unknown>>;
    assert.deepEqual([read['startTimeUnixNano'], read['endTimeUnixNano']], ['7999999', '8000000']);
  });

  test('[TRC10] what is no number of JSON is left out', () => {
    assert.equal(attributesJson({ a: Number.NaN, b: Number.POSITIVE_INFINITY }), '[]');
  });
});
