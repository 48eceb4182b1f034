import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG1] the first event is session.created with every default and explicit nulls', () => {
  const bench = new ConversationBench().open();
  assert.deepEqual(bench.take(), [
    {
      type: 'session.created',
      event_id: 'event_1',
      session: {
        type: 'realtime',
        object: 'realtime.session',
        id: 'sess_bench',
        model: 'gpt-realtime-2.1',
        output_modalities: ['audio'],
        instructions: 'Be kind.',
        tools: [],
        tool_choice: 'auto',
        max_output_tokens: 'inf',
        tracing: null,
        truncation: 'auto',
        prompt: null,
        expires_at: 3_600,
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            transcription: null,
            noise_reduction: null,
            turn_detection: {
              type: 'server_vad',
              threshold: 0.5,
              prefix_padding_ms: 300,
              silence_duration_ms: 500,
              idle_timeout_ms: null,
              create_response: true,
              interrupt_response: true,
            },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin', speed: 1 },
        },
        include: null,
      },
    },
  ]);
});

test('[ENG1] the fields of session.created come in the recorded order', () => {
  const [created] = new ConversationBench().open().take();
  assert.ok(created?.type === 'session.created');
  assert.deepEqual(Object.keys(created), ['type', 'event_id', 'session']);
  assert.deepEqual(Object.keys(created.session), [
    'type',
    'object',
    'id',
    'model',
    'output_modalities',
    'instructions',
    'tools',
    'tool_choice',
    'max_output_tokens',
    'tracing',
    'truncation',
    'prompt',
    'expires_at',
    'audio',
    'include',
  ]);
});
