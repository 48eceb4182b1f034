import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeClientEvent } from '../realtime/decode-client-event.ts';

const REPORT = {
  type: 'prism.playout.report',
  reason: 'playing',
  ssrc: 4_294_967_295,
  rtp_timestamp: 0,
  jitter_buffer_ms: 23.4,
  output_latency_ms: 0,
  client_time_ms: 1_234.5,
  when_cleared: 'goes_silent',
};

test('[REP2] a report is read with its fields; unknown fields and reasons are kept', () => {
  for (const event of [
    REPORT,
    { ...REPORT, event_id: 'e1', reason: 'a word of tomorrow', sink: 'headphones' },
    { type: REPORT.type, ssrc: 1, rtp_timestamp: 2, client_time_ms: 3 },
  ]) {
    assert.deepEqual(decodeClientEvent(JSON.stringify(event)), { kind: 'prism', event });
  }
});

test('[REP2] a misshapen report is refused by the name of its field, with its event id', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['ssrc', undefined],
    ['ssrc', -1],
    ['ssrc', 4_294_967_296],
    ['rtp_timestamp', 1.5],
    ['rtp_timestamp', '7'],
    ['jitter_buffer_ms', 60_001],
    ['output_latency_ms', -1],
    ['client_time_ms', null],
    ['reason', 7],
    ['when_cleared', true],
  ];
  for (const [field, value] of wrong) {
    const decoded = decodeClientEvent(
      JSON.stringify({ ...REPORT, event_id: 'e1', [field]: value }),
    );
    assert.ok(decoded.kind === 'garbage', `${field} ${String(value)}`);
    assert.equal(decoded.error.code, 'invalid_event');
    assert.equal(decoded.error.param, field);
    assert.equal(decoded.clientEventId, 'e1');
  }
});

test('[GAT8] mute and hold need to say which, in their own words', () => {
  for (const [type, field] of [
    ['prism.input.mute', 'muted'],
    ['prism.output.hold', 'held'],
  ] as const) {
    const event = { type, event_id: 'e1', [field]: true, note: 'kept' };
    assert.deepEqual(decodeClientEvent(JSON.stringify(event)), { kind: 'prism', event });
    for (const wrong of [undefined, 1, 'yes', null]) {
      const decoded = decodeClientEvent(JSON.stringify({ ...event, [field]: wrong }));
      assert.ok(decoded.kind === 'garbage');
      assert.equal(decoded.error.code, 'invalid_event');
      assert.equal(decoded.error.param, field);
      assert.equal(decoded.clientEventId, 'e1');
    }
  }
});

test('[REP1] [REP2] an event of that name space is never left to the upstream', () => {
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (rest, fields) => {
      const decoded = decodeClientEvent(JSON.stringify({ ...fields, type: `prism.${rest}` }));
      assert.ok(decoded.kind === 'prism' || decoded.kind === 'garbage');
    }),
    { seed: 20_261_126, numRuns: 500 },
  );
});

test('[REP2] an unknown event of Prism names itself in the refusal', () => {
  const decoded = decodeClientEvent('{"type":"prism.playout.dance"}');
  assert.ok(decoded.kind === 'garbage');
  assert.match(decoded.error.message, /prism\.playout\.dance/);
  assert.equal(decoded.error.param, 'type');
});
