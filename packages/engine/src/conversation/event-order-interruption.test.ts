import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUDIO_ANSWER_DONE } from '../testing-doubles/audio-answer-types.ts';
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
