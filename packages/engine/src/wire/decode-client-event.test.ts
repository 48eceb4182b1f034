import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeClientEvent } from './decode-client-event.ts';

function errorOf(event: unknown): readonly (string | null)[] {
  const decoded = decodeClientEvent(typeof event === 'string' ? event : JSON.stringify(event));
  assert.ok(!decoded.ok, JSON.stringify(event));
  const { type, code, param, event_id } = decoded.error;
  assert.equal(type, 'invalid_request_error');
  return [code, param, event_id];
}

function messageOf(event: unknown): string {
  const decoded = decodeClientEvent(JSON.stringify(event));
  return decoded.ok ? '' : decoded.error.message;
}

const session = (fields: object): object => ({
  type: 'session.update',
  event_id: 'e1',
  session: { type: 'realtime', ...fields },
});

test('[ENG24] what is no JSON object is an invalid event', () => {
  for (const text of ['', '{', 'null', '[]', '"hi"', '17', '{"type":', 'undefined']) {
    assert.deepEqual(errorOf(text), ['invalid_event', null, null], text);
  }
});

test('[ENG24] an unknown or missing type is told with the types that there are', () => {
  assert.deepEqual(errorOf({ event_id: 'e' }), ['missing_required_parameter', 'type', 'e']);
  assert.deepEqual(errorOf({ type: 'response.make', event_id: 'e' }), [
    'invalid_value',
    'type',
    'e',
  ]);
  assert.match(messageOf({ type: 'response.make' }), /'response\.create'/);
  assert.deepEqual(errorOf({ type: 7 }), ['invalid_value', 'type', null]);
});

test('[ENG24] unknown parameters are named by their path, beta fields among them', () => {
  const cases: readonly (readonly [object, string])[] = [
    [session({ modalities: ['audio'] }), 'session.modalities'],
    [session({ voice: 'alloy' }), 'session.voice'],
    [session({ temperature: 0.8 }), 'session.temperature'],
    [session({ audio: { input: { gain: 1 } } }), 'session.audio.input.gain'],
    [
      session({ tools: [{ type: 'function', name: 'f', strict: true }] }),
      'session.tools[0].strict',
    ],
    [
      { type: 'response.create', event_id: 'e1', response: { modalities: [] } },
      'response.modalities',
    ],
    [{ type: 'response.create', event_id: 'e1', extra: 1 }, 'extra'],
  ];
  for (const [event, param] of cases) {
    assert.deepEqual(errorOf(event), ['unknown_parameter', param, 'e1']);
    assert.equal(messageOf(event), `Unknown parameter: '${param}'.`);
  }
});

test('[ENG24] missing parameters are named by their path', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ type: 'session.update', event_id: 'e1' }, 'session'],
    [{ type: 'session.update', event_id: 'e1', session: {} }, 'session.type'],
    [
      session({ audio: { input: { turn_detection: {} } } }),
      'session.audio.input.turn_detection.type',
    ],
    [session({ audio: { input: { format: {} } } }), 'session.audio.input.format.type'],
    [session({ tools: [{ type: 'function' }] }), 'session.tools[0].name'],
    [session({ tool_choice: { type: 'function' } }), 'session.tool_choice.name'],
    [{ type: 'input_audio_buffer.append', event_id: 'e1' }, 'audio'],
    [{ type: 'conversation.item.create', event_id: 'e1' }, 'item'],
    [{ type: 'conversation.item.create', event_id: 'e1', item: { type: 'message' } }, 'item.role'],
    [{ type: 'conversation.item.delete', event_id: 'e1' }, 'item_id'],
    [{ type: 'conversation.item.truncate', event_id: 'e1', item_id: 'i' }, 'content_index'],
  ];
  for (const [event, param] of cases) {
    assert.deepEqual(errorOf(event), ['missing_required_parameter', param, 'e1']);
    assert.equal(messageOf(event), `Missing required parameter: '${param}'.`);
  }
});

test('[ENG24] invalid values are named by their path, with the values that are possible', () => {
  const cases: readonly (readonly [object, string])[] = [
    [session({ output_modalities: ['audio', 'text'] }), 'session.output_modalities'],
    [session({ output_modalities: ['video'] }), 'session.output_modalities[0]'],
    [session({ max_output_tokens: 5_000 }), 'session.max_output_tokens'],
    [session({ max_output_tokens: 'none' }), 'session.max_output_tokens'],
    [session({ instructions: 7 }), 'session.instructions'],
    [session({ tool_choice: 'maybe' }), 'session.tool_choice'],
    [session({ audio: { output: { speed: 2 } } }), 'session.audio.output.speed'],
    [session({ audio: { output: { voice: 'nobody' } } }), 'session.audio.output.voice'],
    [
      session({ audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } } }),
      'session.audio.input.format.rate',
    ],
    [
      session({ audio: { input: { format: { type: 'pcm16' } } } }),
      'session.audio.input.format.type',
    ],
    [
      session({ audio: { input: { turn_detection: { type: 'server_vad', threshold: 2 } } } }),
      'session.audio.input.turn_detection.threshold',
    ],
    [
      session({ audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 1 } } } }),
      'session.audio.input.turn_detection.idle_timeout_ms',
    ],
    [session({ tracing: 7 }), 'session.tracing'],
    [
      {
        type: 'conversation.item.create',
        event_id: 'e1',
        item: { type: 'message', role: 'user', content: [{ type: 'text', text: 'beta' }] },
      },
      'item.content[0].type',
    ],
    [
      {
        type: 'conversation.item.truncate',
        event_id: 'e1',
        item_id: 'i',
        content_index: 0,
        audio_end_ms: 1.5,
      },
      'audio_end_ms',
    ],
    [
      {
        type: 'response.create',
        event_id: 'e1',
        response: { metadata: { ['k'.repeat(65)]: 'v' } },
      },
      `response.metadata.${'k'.repeat(65)}`,
    ],
  ];
  for (const [event, param] of cases) {
    assert.deepEqual(errorOf(event), ['invalid_value', param, 'e1'], messageOf(event));
  }
  assert.match(
    messageOf(session({ audio: { output: { voice: 'nobody' } } })),
    /'nobody'.*'alloy'.*'cedar'/,
  );
});

test('[ENG24] metadata has at most sixteen pairs', () => {
  const metadata = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
  const event = { type: 'response.create', response: { metadata } };
  assert.deepEqual(errorOf(event), ['invalid_value', 'response.metadata', null]);
});

test('[ENG24] an event id of more than 512 characters is refused and not echoed', () => {
  const event = { type: 'input_audio_buffer.clear', event_id: 'x'.repeat(513) };
  assert.deepEqual(errorOf(event), ['invalid_value', 'event_id', null]);
});

test('[ENG24] items of types that are not supported are refused', () => {
  for (const type of ['mcp_approval_response', 'mcp_call', 'item_reference']) {
    const event = { type: 'conversation.item.create', item: { type, id: 'x' } };
    assert.deepEqual(errorOf(event), ['invalid_value', 'item.type', null]);
  }
});

test('[ENG24] the same event with null for an optional object is read', () => {
  for (const event of [
    { type: 'response.create', response: null },
    {
      type: 'conversation.item.create',
      previous_item_id: null,
      item: { type: 'message', role: 'user', content: [] },
    },
  ]) {
    assert.ok(decodeClientEvent(JSON.stringify(event)).ok);
  }
});

test('[ENG24] an event that is nested too deep is refused', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const event = (depth: number): string =>
    `{"type":"session.update","event_id":"e","session":{"type":"realtime","tools":[{"type":"function","name":"f","parameters":{"x":${nested(depth)}}}]}}`;
  assert.ok(decodeClientEvent(event(50)).ok);
  assert.deepEqual(errorOf(event(70)), ['invalid_event', null, 'e']);
  assert.deepEqual(errorOf(event(200_000)), ['invalid_event', null, 'e']);
});
