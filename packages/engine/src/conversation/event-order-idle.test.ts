import assert from 'node:assert/strict';
import { test } from 'node:test';
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
