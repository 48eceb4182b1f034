import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparableEvents } from '../testing-doubles/comparable-events.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG61] every event of a spoken turn and its answer is complete, nulls and defaults included', () => {
  const bench = new ConversationBench()
    .open()
    .update({ audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } });
  bench.take();
  bench.say('hello').speak(300);
  assert.deepEqual(comparableEvents(bench.take()), [
    { type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_1' },
    { type: 'input_audio_buffer.speech_stopped', audio_end_ms: 1500, item_id: 'item_1' },
    { type: 'input_audio_buffer.committed', previous_item_id: null, item_id: 'item_1' },
    {
      type: 'conversation.item.added',
      previous_item_id: null,
      item: {
        id: 'item_1',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
    },
    {
      type: 'conversation.item.done',
      previous_item_id: null,
      item: {
        id: 'item_1',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
    },
    {
      type: 'response.created',
      response: {
        object: 'realtime.response',
        id: 'resp_1',
        status: 'in_progress',
        status_details: null,
        output: [],
        conversation_id: 'conv_1',
        output_modalities: ['audio'],
        max_output_tokens: 'inf',
        audio: { output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin' } },
        usage: null,
        metadata: null,
      },
    },
    {
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'item_1',
      content_index: 0,
      delta: 'hello',
    },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'item_1',
      content_index: 0,
      transcript: 'hello',
      usage: {
        type: 'tokens',
        total_tokens: 17,
        input_tokens: 15,
        output_tokens: 2,
        input_token_details: { text_tokens: 0, audio_tokens: 15 },
      },
    },
    {
      type: 'response.output_item.added',
      response_id: 'resp_1',
      output_index: 0,
      item: {
        id: 'item_2',
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      },
    },
    {
      type: 'conversation.item.added',
      previous_item_id: 'item_1',
      item: {
        id: 'item_2',
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      },
    },
    {
      type: 'response.content_part.added',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      part: { type: 'audio', transcript: '' },
    },
    {
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: 'Hello',
    },
    {
      type: 'response.output_audio.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: 2880,
    },
    {
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: ' there,',
    },
    {
      type: 'response.output_audio.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: 4800,
    },
    {
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: ' friend.',
    },
    {
      type: 'response.output_audio.delta',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      delta: 6720,
    },
    {
      type: 'response.output_audio.done',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
    },
    {
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      transcript: 'Hello there, friend.',
    },
    {
      type: 'response.content_part.done',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      part: { type: 'audio', transcript: 'Hello there, friend.' },
    },
    {
      type: 'conversation.item.done',
      previous_item_id: null,
      item: {
        id: 'item_2',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_audio', transcript: 'Hello there, friend.' }],
      },
    },
    {
      type: 'response.output_item.done',
      response_id: 'resp_1',
      output_index: 0,
      item: {
        id: 'item_2',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_audio', transcript: 'Hello there, friend.' }],
      },
    },
    {
      type: 'response.done',
      response: {
        object: 'realtime.response',
        id: 'resp_1',
        status: 'completed',
        status_details: null,
        output: [
          {
            id: 'item_2',
            type: 'message',
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_audio', transcript: 'Hello there, friend.' }],
          },
        ],
        conversation_id: 'conv_1',
        output_modalities: ['audio'],
        max_output_tokens: 'inf',
        audio: { output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin' } },
        usage: {
          total_tokens: 28,
          input_tokens: 17,
          output_tokens: 11,
          input_token_details: {
            text_tokens: 2,
            audio_tokens: 15,
            image_tokens: 0,
            cached_tokens: 0,
            cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
          },
          output_token_details: { text_tokens: 5, audio_tokens: 6 },
        },
        metadata: null,
      },
    },
    {
      type: 'rate_limits.updated',
      rate_limits: [{ name: 'tokens', limit: 1000000, remaining: 999972, reset_seconds: 0.00168 }],
    },
  ]);
});
