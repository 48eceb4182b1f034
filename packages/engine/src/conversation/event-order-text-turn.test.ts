import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG60] a typed turn is answered in text in the recorded order', () => {
  const bench = new ConversationBench().open().update({ output_modalities: ['text'] });
  bench.take();
  bench.brain.willReply({ text: 'Good day.' });
  const events = bench.type('Hi').respond().take();
  const user = {
    id: 'item_1',
    type: 'message',
    status: 'completed',
    role: 'user',
    content: [{ type: 'input_text', text: 'Hi' }],
  };
  const response = {
    object: 'realtime.response',
    id: 'resp_1',
    conversation_id: 'conv_1',
    output_modalities: ['text'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' } },
    metadata: null,
  };
  const part = { response_id: 'resp_1', item_id: 'item_2', output_index: 0, content_index: 0 };
  const open = { id: 'item_2', type: 'message', status: 'in_progress', role: 'assistant' };
  const done = {
    ...open,
    status: 'completed',
    content: [{ type: 'output_text', text: 'Good day.' }],
  };
  assert.deepEqual(
    events.map(({ event_id: _eventId, ...event }) => event),
    [
      { type: 'conversation.item.added', previous_item_id: null, item: user },
      { type: 'conversation.item.done', previous_item_id: null, item: user },
      {
        type: 'response.created',
        response: {
          ...response,
          status: 'in_progress',
          status_details: null,
          output: [],
          usage: null,
        },
      },
      {
        type: 'response.output_item.added',
        response_id: 'resp_1',
        output_index: 0,
        item: { ...open, content: [] },
      },
      {
        type: 'conversation.item.added',
        previous_item_id: 'item_1',
        item: { ...open, content: [] },
      },
      { type: 'response.content_part.added', ...part, part: { type: 'text', text: '' } },
      { type: 'response.output_text.delta', ...part, delta: 'Good' },
      { type: 'response.output_text.delta', ...part, delta: ' day.' },
      { type: 'response.output_text.done', ...part, text: 'Good day.' },
      { type: 'response.content_part.done', ...part, part: { type: 'text', text: 'Good day.' } },
      { type: 'conversation.item.done', previous_item_id: null, item: done },
      { type: 'response.output_item.done', response_id: 'resp_1', output_index: 0, item: done },
      {
        type: 'response.done',
        response: {
          ...response,
          status: 'completed',
          status_details: null,
          output: [done],
          usage: {
            total_tokens: 6,
            input_tokens: 3,
            output_tokens: 3,
            input_token_details: {
              text_tokens: 3,
              audio_tokens: 0,
              image_tokens: 0,
              cached_tokens: 0,
              cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
            },
            output_token_details: { text_tokens: 3, audio_tokens: 0 },
          },
        },
      },
      {
        type: 'rate_limits.updated',
        rate_limits: [
          { name: 'tokens', limit: 1_000_000, remaining: 999_994, reset_seconds: 0.00036 },
        ],
      },
    ],
  );
});
