import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decodeClientEvent } from './decode-client-event.ts';
import { decodeServerEvent } from './decode-server-event.ts';

const VALID_EVENTS: readonly object[] = [
  {
    type: 'session.update',
    session: { type: 'realtime', instructions: 'Be brief.', unknown_field: 1 },
  },
  {
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection: null }, output: { voice: { id: 'voice_1' } } },
    },
  },
  { type: 'session.update', session: { type: 'transcription', audio: {} } },
  { type: 'input_audio_buffer.append', audio: 'AAAA' },
  { type: 'input_audio_buffer.commit', event_id: 'e' },
  { type: 'input_audio_buffer.clear' },
  {
    type: 'conversation.item.create',
    previous_item_id: 'root',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
  },
  {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: 'c', output: '{}' },
  },
  { type: 'conversation.item.retrieve', item_id: 'i' },
  { type: 'conversation.item.delete', item_id: 'i' },
  { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 0 },
  { type: 'response.create' },
  { type: 'response.create', response: { conversation: 'none', metadata: { a: 'b' } } },
  { type: 'response.cancel', response_id: 'r' },
  { type: 'output_audio_buffer.clear' },
];

suite('client events', () => {
  test('[WIR1] every client event is accepted and keeps unknown fields', () => {
    for (const event of VALID_EVENTS) {
      const decoded = decodeClientEvent(JSON.stringify({ ...event, vendor: { x: 1 } }));
      assert.ok(decoded.kind === 'known', JSON.stringify(event));
      assert.deepEqual(decoded.event, { ...event, vendor: { x: 1 } });
    }
  });

  test('[WIR2] a refusal names the field and the event', () => {
    const cases: readonly (readonly [string, RegExp, string | undefined, string | undefined])[] = [
      ['{', /not JSON/, undefined, undefined],
      ['[]', /not a JSON object/, undefined, undefined],
      ['{"event_id":"e1"}', /'type' is missing/, 'type', 'e1'],
      ['{"type":7,"event_id":"e2"}', /'type' is missing/, 'type', 'e2'],
    ];
    for (const [text, message, param, eventId] of cases) {
      const decoded = decodeClientEvent(text);
      assert.ok(decoded.kind === 'garbage', text);
      assert.match(decoded.error.message, message);
      assert.equal(decoded.error.code, 'invalid_event');
      assert.equal(decoded.error.param, param);
      assert.equal(decoded.clientEventId, eventId);
    }
  });

  test('[WIR6] unknown types and shapes are left to the upstream', () => {
    for (const text of [
      '{"type":"nope","event_id":"e2"}',
      '{"type":"conversation.item.retrieve"}',
      '{"type":"session.update","session":{}}',
      '{"type":"input_audio_buffer.append","audio":"%%%"}',
      `{"type":"response.create","event_id":"${'e'.repeat(513)}"}`,
    ]) {
      const decoded = decodeClientEvent(text);
      assert.ok(decoded.kind === 'opaque', text);
      assert.deepEqual(decoded.event, JSON.parse(text));
    }
  });

  test('[WIR2] anything at all is either accepted or refused', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        decodeClientEvent(text);
        decodeClientEvent(text.slice(1));
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });
});

suite('server events', () => {
  test('[WIR3] known events are known, unknown and misshapen ones are kept', () => {
    const known = decodeServerEvent(
      '{"type":"response.done","event_id":"e","response":{"id":"r","status":"completed"}}',
    );
    assert.equal(known.kind, 'known');
    const misshapen = decodeServerEvent(
      '{"type":"response.done","response":{"status":"completed"},"more":1}',
    );
    assert.deepEqual(misshapen, {
      kind: 'other',
      event: { type: 'response.done', response: { status: 'completed' }, more: 1 },
    });
    const unknown = decodeServerEvent('{"type":"response.dance.delta","step":3}');
    assert.deepEqual(unknown, { kind: 'other', event: { type: 'response.dance.delta', step: 3 } });
  });

  test('[WIR3] what is no event is garbage', () => {
    for (const text of ['', '{', 'null', '[]', '3', '{"type":3}', '{}']) {
      assert.equal(decodeServerEvent(text).kind, 'garbage', text);
    }
  });

  test('[WIR3] names from the prototype are no event types', () => {
    assert.equal(decodeServerEvent('{"type":"constructor"}').kind, 'other');
    assert.equal(decodeServerEvent('{"type":"__proto__"}').kind, 'other');
  });
});
