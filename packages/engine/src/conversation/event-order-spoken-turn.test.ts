import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUDIO_ANSWER, AUDIO_ANSWER_DONE } from '../testing-doubles/audio-answer-types.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG31] [ENG61] a spoken turn is committed and answered in the recorded order', () => {
  const bench = new ConversationBench()
    .open()
    .update({ audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } });
  bench.take();
  bench.say('hello').speak(300);
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'conversation.item.input_audio_transcription.delta',
    'conversation.item.input_audio_transcription.completed',
    ...AUDIO_ANSWER,
    ...AUDIO_ANSWER_DONE,
  ]);
});

test('[ENG31] the item of a spoken turn is reserved by speech_started and carries no audio', () => {
  const bench = new ConversationBench().open();
  bench.say('hello').speak();
  const started = bench.last('input_audio_buffer.speech_started');
  const stopped = bench.last('input_audio_buffer.speech_stopped');
  const committed = bench.last('input_audio_buffer.committed');
  const [added, done] = [
    bench.eventsOf('conversation.item.added')[0],
    bench.eventsOf('conversation.item.done')[0],
  ];
  // 200 ms of silence, speech found after 60 ms of it; 300 ms of prefix reach the session's beginning.
  assert.equal(started.audio_start_ms, 0);
  assert.equal(stopped.audio_end_ms, 1_500);
  assert.equal(stopped.item_id, started.item_id);
  assert.equal(committed.item_id, started.item_id);
  assert.equal(committed.previous_item_id, null);
  const item = {
    id: started.item_id,
    type: 'message',
    status: 'completed',
    role: 'user',
    content: [{ type: 'input_audio', transcript: null }],
  };
  assert.deepEqual(added?.item, item);
  assert.deepEqual(done?.item, item);
  assert.equal(added.previous_item_id, null);
});

test('[ENG61] parts are audio in part events and output_audio in items', () => {
  const bench = new ConversationBench().open();
  bench.say('hello').speak();
  const text = 'Hello there, friend.';
  assert.deepEqual(bench.last('response.content_part.added').part, {
    type: 'audio',
    transcript: '',
  });
  assert.deepEqual(bench.last('response.content_part.done').part, {
    type: 'audio',
    transcript: text,
  });
  const { item } = bench.last('response.output_item.done');
  assert.ok(item.type === 'message');
  assert.deepEqual(item.content, [{ type: 'output_audio', transcript: text }]);
  assert.equal(item.status, 'completed');
  const deltas = bench.eventsOf('response.output_audio_transcript.delta');
  assert.equal(deltas.map(({ delta }) => delta).join(''), text);
});
