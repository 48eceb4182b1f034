import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparableEvents } from '../testing-doubles/comparable-events.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG37] the idle timeout counts from the end of playback and makes a turn of its own', () => {
  const bench = new ConversationBench().open().update({
    audio: {
      input: {
        transcription: { model: 'whisper-1' },
        turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 },
      },
    },
  });
  bench.say('hello').speak(1_000);
  bench.take();
  bench.wait(5_999);
  assert.deepEqual(bench.take(), []);
  bench.append(200).wait(1);
  const events = bench.take();
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'input_audio_buffer.timeout_triggered',
      'conversation.item.added',
      'conversation.item.done',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'conversation.item.input_audio_transcription.completed',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
    ],
  );
  const [timeout, system, , committed, user, , completed] = events;
  assert.ok(timeout?.type === 'input_audio_buffer.timeout_triggered');
  assert.deepEqual([timeout.audio_start_ms, timeout.audio_end_ms], [1_600, 1_800]);
  assert.ok(system?.type === 'conversation.item.added' && system.item.type === 'message');
  assert.equal(system.item.role, 'system');
  assert.ok(committed?.type === 'input_audio_buffer.committed');
  assert.equal(committed.previous_item_id, system.item.id);
  assert.equal(committed.item_id, timeout.item_id);
  assert.ok(user?.type === 'conversation.item.added' && user.item.type === 'message');
  assert.equal(user.item.id, timeout.item_id);
  assert.deepEqual(user.item.content, [{ type: 'input_audio', transcript: null }]);
  assert.ok(completed?.type === 'conversation.item.input_audio_transcription.completed');
  assert.equal(completed.transcript, '');
  assert.deepEqual(completed.usage, { type: 'duration', seconds: 0 });
  const asked = bench.brain.requests.at(-1)?.exchanges.at(-1);
  assert.deepEqual(asked, { role: 'user', text: '', wasUnderstood: false, isSilence: true });
});

test('[ENG37] speech before the timeout disarms it, and without idle_timeout_ms there is none', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 } } },
  });
  bench.say('hello').speak(1_000).wait(3_000).listen(200, 1).wait(60_000);
  assert.equal(bench.eventsOf('input_audio_buffer.timeout_triggered').length, 0);
  const other = new ConversationBench().open();
  other.say('hello').speak(1_000).wait(60_000);
  assert.equal(other.eventsOf('input_audio_buffer.timeout_triggered').length, 0);
});

test('[ENG37] every event of the idle timeout is complete, the system message among them', () => {
  const bench = new ConversationBench().open().update({
    audio: {
      input: {
        transcription: { model: 'whisper-1' },
        turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 },
      },
    },
  });
  bench.say('hello').speak(1_000);
  bench.take();
  bench.wait(5_999).append(200).wait(1);
  assert.deepEqual(comparableEvents(bench.take()), [
    {
      type: 'input_audio_buffer.timeout_triggered',
      audio_start_ms: 1600,
      audio_end_ms: 1800,
      item_id: 'item_3',
    },
    {
      type: 'conversation.item.added',
      previous_item_id: 'item_2',
      item: {
        id: 'item_4',
        type: 'message',
        status: 'completed',
        role: 'system',
        content: [
          {
            type: 'input_text',
            text: 'The user has not said anything since your last answer. Ask briefly whether they are still there.',
          },
        ],
      },
    },
    {
      type: 'conversation.item.done',
      previous_item_id: 'item_2',
      item: {
        id: 'item_4',
        type: 'message',
        status: 'completed',
        role: 'system',
        content: [
          {
            type: 'input_text',
            text: 'The user has not said anything since your last answer. Ask briefly whether they are still there.',
          },
        ],
      },
    },
    { type: 'input_audio_buffer.committed', previous_item_id: 'item_4', item_id: 'item_3' },
    {
      type: 'conversation.item.added',
      previous_item_id: 'item_4',
      item: {
        id: 'item_3',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
    },
    {
      type: 'conversation.item.done',
      previous_item_id: 'item_4',
      item: {
        id: 'item_3',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
    },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'item_3',
      content_index: 0,
      transcript: '',
      usage: { type: 'duration', seconds: 0 },
    },
    {
      type: 'response.created',
      response: {
        object: 'realtime.response',
        id: 'resp_2',
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
      type: 'response.output_item.added',
      response_id: 'resp_2',
      output_index: 0,
      item: {
        id: 'item_5',
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      },
    },
    {
      type: 'conversation.item.added',
      previous_item_id: 'item_3',
      item: {
        id: 'item_5',
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      },
    },
    {
      type: 'response.content_part.added',
      response_id: 'resp_2',
      item_id: 'item_5',
      output_index: 0,
      content_index: 0,
      part: { type: 'audio', transcript: '' },
    },
  ]);
});
