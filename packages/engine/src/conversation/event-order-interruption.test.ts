import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUDIO_ANSWER_DONE } from '../testing-doubles/audio-answer-types.ts';
import { comparableEvents } from '../testing-doubles/comparable-events.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG67] speech cancels the response in progress, with the done events of its open parts', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900);
  bench.take();
  bench.listen(100, 1);
  const events = bench.take();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['input_audio_buffer.speech_started', ...AUDIO_ANSWER_DONE],
  );
  const { response } = bench.last('response.done');
  assert.equal(response.status, 'cancelled');
  assert.deepEqual(response.status_details, { type: 'cancelled', reason: 'turn_detected' });
  assert.equal(response.output[0]?.type === 'message' && response.output[0].status, 'incomplete');
  assert.equal(bench.lastEffect('voice_cancel').speechId, response.id);
  assert.ok(response.usage !== null && response.usage.output_token_details.audio_tokens === 18);
});

test('[ENG67] nothing of a cancelled response follows it', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900).listen(100, 1);
  bench.take();
  bench.chunk('There was a king.', 500);
  bench.give({ type: 'voice_finished', speechId: bench.lastEffect('voice_speak').speechId });
  assert.deepEqual(bench.take(), []);
});

test('[ENG68] speech after an answer was generated sends speech_started alone', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').speak(5_000);
  bench.take();
  bench.listen(100, 1);
  assert.deepEqual(bench.takeTypes(), ['input_audio_buffer.speech_started']);
});

test('[ENG35] with interrupt_response false speech cancels nothing, and no second response starts', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', interrupt_response: false } } },
  });
  bench.say('tell me').chunk('Once upon a time. ', 900).say('stop');
  assert.equal(bench.eventsOf('response.done').length, 0);
  assert.equal(bench.eventsOf('response.created').length, 1);
  assert.equal(bench.eventsOf('input_audio_buffer.committed').length, 2);
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG35] with create_response false a turn is committed and not answered', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
  });
  bench.say('tell me');
  assert.equal(bench.eventsOf('input_audio_buffer.committed').length, 1);
  assert.equal(bench.eventsOf('response.created').length, 0);
  bench.respond();
  assert.equal(bench.eventsOf('response.created').length, 1);
});

test('[ENG67] every event of an interruption is complete', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900);
  bench.take();
  bench.listen(100, 1);
  assert.deepEqual(comparableEvents(bench.take()), [
    { type: 'input_audio_buffer.speech_started', audio_start_ms: 1500, item_id: 'item_3' },
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
      transcript: 'Once upon a time. ',
    },
    {
      type: 'response.content_part.done',
      response_id: 'resp_1',
      item_id: 'item_2',
      output_index: 0,
      content_index: 0,
      part: { type: 'audio', transcript: 'Once upon a time. ' },
    },
    {
      type: 'conversation.item.done',
      previous_item_id: null,
      item: {
        id: 'item_2',
        type: 'message',
        status: 'incomplete',
        role: 'assistant',
        content: [{ type: 'output_audio', transcript: 'Once upon a time. ' }],
      },
    },
    {
      type: 'response.output_item.done',
      response_id: 'resp_1',
      output_index: 0,
      item: {
        id: 'item_2',
        type: 'message',
        status: 'incomplete',
        role: 'assistant',
        content: [{ type: 'output_audio', transcript: 'Once upon a time. ' }],
      },
    },
    {
      type: 'response.done',
      response: {
        object: 'realtime.response',
        id: 'resp_1',
        status: 'cancelled',
        status_details: { type: 'cancelled', reason: 'turn_detected' },
        output: [
          {
            id: 'item_2',
            type: 'message',
            status: 'incomplete',
            role: 'assistant',
            content: [{ type: 'output_audio', transcript: 'Once upon a time. ' }],
          },
        ],
        conversation_id: 'conv_1',
        output_modalities: ['audio'],
        max_output_tokens: 'inf',
        audio: { output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin' } },
        usage: {
          total_tokens: 40,
          input_tokens: 17,
          output_tokens: 23,
          input_token_details: {
            text_tokens: 2,
            audio_tokens: 15,
            image_tokens: 0,
            cached_tokens: 0,
            cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
          },
          output_token_details: { text_tokens: 5, audio_tokens: 18 },
        },
        metadata: null,
      },
    },
    {
      type: 'rate_limits.updated',
      rate_limits: [
        { name: 'tokens', limit: 1000000, remaining: 999960, reset_seconds: 0.0024000000000000002 },
      ],
    },
  ]);
});

test('[ENG67] the truncation that follows is told with what was asked, whole', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900).listen(100, 1);
  bench.take();
  const cut = { item_id: 'item_2', content_index: 0, audio_end_ms: 500 };
  bench.send({ type: 'conversation.item.truncate', ...cut });
  assert.deepEqual(comparableEvents(bench.take()), [
    { type: 'conversation.item.truncated', ...cut },
  ]);
});
