import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import { INPUT_BUFFER_MS_MAX } from './input-buffer.ts';

const MANUAL = { audio: { input: { turn_detection: null } } };

function opened(session: Readonly<Record<string, unknown>> = {}): ConversationBench {
  const bench = new ConversationBench().open().update(session);
  bench.take();
  return bench;
}

test('[ENG30] appended audio is not answered, and a sample cut between two appends is whole again', () => {
  const bench = opened();
  const bytes = Buffer.from([1, 2, 3, 4, 5, 6]);
  for (const part of [bytes.subarray(0, 3), bytes.subarray(3, 3), bytes.subarray(3)]) {
    bench.send({ type: 'input_audio_buffer.append', audio: part.toString('base64') });
  }
  assert.deepEqual(bench.take(), []);
  const heard = bench.effectsOf('ear_push').flatMap(({ pcm }) => [...pcm]);
  assert.deepEqual(heard, [0x0201, 0x0403, 0x0605]);
});

test('[ENG30] audio that is not base64 is an error and changes nothing', () => {
  const bench = opened();
  for (const audio of ['@@@@', 'abc', 'data:audio/wav;base64,AAAA']) {
    bench.send({ type: 'input_audio_buffer.append', event_id: 'e', audio });
    const { code, param, event_id } = bench.last('error').error;
    assert.deepEqual([code, param, event_id], ['invalid_value', 'audio', 'e']);
  }
  assert.equal(bench.effectsOf('ear_push').length, 0);
});

test('[ENG32] a turn starts with 60 ms of speech, prefix included, and stops after the silence', () => {
  const bench = opened({
    audio: {
      input: {
        turn_detection: { type: 'server_vad', prefix_padding_ms: 200, silence_duration_ms: 700 },
      },
    },
  });
  bench.listen(1_000, 0).listen(50, 1).listen(100, 0);
  assert.deepEqual(bench.take(), []);
  bench.listen(60, 1);
  assert.equal(bench.last('input_audio_buffer.speech_started').audio_start_ms, 950);
  bench.listen(300, 1).listen(690, 0);
  assert.equal(bench.eventsOf('input_audio_buffer.speech_stopped').length, 0);
  bench.listen(10, 0);
  assert.equal(bench.last('input_audio_buffer.speech_stopped').audio_end_ms, 2_210);
  assert.equal(bench.lastEffect('ear_begin').fromSample, 950 * 24);
  assert.equal(bench.lastEffect('ear_end').toSample, 2_210 * 24);
});

test('[ENG32] a sound below the threshold is no speech, and a click does not hold up the end', () => {
  const bench = opened({
    audio: { input: { turn_detection: { type: 'server_vad', threshold: 0.8 } } },
  });
  bench.listen(500, 0.7);
  assert.deepEqual(bench.take(), []);
  bench.listen(200, 0.9).listen(300, 0).listen(20, 1).listen(180, 0);
  assert.equal(bench.eventsOf('input_audio_buffer.speech_stopped').length, 1);
});

test('[ENG32] speech that does not end is ended after two minutes', () => {
  const bench = opened();
  for (let second = 0; second < 121; second += 1) {
    bench.listen(1_000, 1);
  }
  assert.equal(bench.eventsOf('input_audio_buffer.speech_stopped').length, 1);
  assert.equal(bench.last('input_audio_buffer.speech_stopped').audio_end_ms, 120_000);
});

test('[ENG33] a manual turn is committed by the client and answered only when asked', () => {
  const bench = opened(MANUAL);
  bench.listen(200, 0).listen(600, 1).send({ type: 'input_audio_buffer.commit' });
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
  ]);
  const { item_id } = bench.last('input_audio_buffer.committed');
  assert.equal(bench.lastEffect('ear_begin').utteranceId, item_id);
  assert.deepEqual(bench.lastEffect('ear_end'), {
    type: 'ear_end',
    utteranceId: item_id,
    toSample: 800 * 24,
  });
  bench.respond();
  assert.equal(bench.brain.requests.length, 0);
  bench.understand('hello');
  assert.equal(bench.brain.requests.length, 1);
});

test('[ENG33] a commit before the ears have said anything is heard from the beginning', () => {
  const bench = opened(MANUAL);
  bench.append(400).send({ type: 'input_audio_buffer.commit' });
  assert.equal(bench.lastEffect('ear_begin').fromSample, 0);
  assert.equal(bench.lastEffect('ear_end').toSample, 400 * 24);
});

test('[ENG33] a commit of less than 100 ms is an error that says how much there was', () => {
  const bench = opened(MANUAL);
  bench.append(90).send({ type: 'input_audio_buffer.commit', event_id: 'c' });
  const { error } = bench.last('error');
  assert.equal(error.code, 'input_audio_buffer_commit_empty');
  assert.match(error.message, /90\.00ms/);
  assert.equal(error.event_id, 'c');
  bench.append(10).send({ type: 'input_audio_buffer.commit' });
  assert.equal(bench.eventsOf('input_audio_buffer.committed').length, 1);
  bench.send({ type: 'input_audio_buffer.commit' });
  assert.match(bench.last('error').error.message, /0\.00ms/);
});

test('[ENG33] a commit in the middle of detected speech keeps the reserved item and starts no response', () => {
  const bench = opened();
  bench.listen(200, 1);
  const { item_id } = bench.last('input_audio_buffer.speech_started');
  bench.send({ type: 'input_audio_buffer.commit' });
  assert.equal(bench.last('input_audio_buffer.committed').item_id, item_id);
  assert.equal(bench.eventsOf('response.created').length, 0);
  bench.listen(200, 1);
  const again = bench.last('input_audio_buffer.speech_started');
  assert.notEqual(again.item_id, item_id);
  assert.equal(again.audio_start_ms, 200);
});

test('[ENG34] clearing forgets the buffer and the turn in progress', () => {
  const bench = opened();
  bench.listen(300, 1).send({ type: 'input_audio_buffer.clear' }).listen(1_000, 0);
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.cleared',
  ]);
  assert.equal(
    bench.lastEffect('ear_cancel').utteranceId,
    bench.lastEffect('ear_begin').utteranceId,
  );
  bench.send({ type: 'input_audio_buffer.clear' });
  assert.equal(bench.take().at(-1)?.type, 'input_audio_buffer.cleared');
});

test('[ENG34] what the ears still say about cleared audio is left out', () => {
  const bench = opened();
  bench.append(500).send({ type: 'input_audio_buffer.clear' });
  const speechProbabilities = new Float32Array(50).fill(1);
  bench.give({ type: 'ear_activity', firstSample: 0, speechProbabilities });
  assert.equal(bench.eventsOf('input_audio_buffer.speech_started').length, 0);
});

test('[ENG36] semantic turn detection ends a whole sentence soon and waits for an unfinished one', () => {
  const semantic = (eagerness: string): ConversationBench =>
    opened({ audio: { input: { turn_detection: { type: 'semantic_vad', eagerness } } } });
  const partial = (bench: ConversationBench, text: string): ConversationBench => {
    bench.brain.wholeSentences = ['what time is it'];
    const { utteranceId } = bench.lastEffect('ear_begin');
    return bench.give({ type: 'ear_partial', utteranceId, text });
  };
  const stops = (bench: ConversationBench): number =>
    bench.eventsOf('input_audio_buffer.speech_stopped').length;

  const whole = partial(semantic('auto').listen(500, 1), 'what time is it');
  assert.equal(stops(whole.listen(290, 0)), 0);
  assert.equal(stops(whole.listen(10, 0)), 1);

  for (const [eagerness, waitMs] of [
    ['high', 2_000],
    ['medium', 4_000],
    ['auto', 4_000],
    ['low', 8_000],
  ] as const) {
    const unfinished = partial(semantic(eagerness).listen(500, 1), 'what time');
    assert.equal(stops(unfinished.listen(waitMs - 10, 0)), 0, eagerness);
    assert.equal(stops(unfinished.listen(10, 0)), 1, eagerness);
  }

  const nothing = semantic('low').listen(500, 1).listen(1_190, 0);
  assert.equal(stops(nothing), 0);
  assert.equal(stops(nothing.listen(10, 0)), 1);
});

test('[ENG38] a live transcription model streams while the user speaks, others after the commit', () => {
  const live = opened({ audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } } });
  live.listen(500, 1);
  const { utteranceId } = live.lastEffect('ear_begin');
  live.give({ type: 'ear_partial', utteranceId, text: 'what time' });
  const [, delta] = live.take();
  assert.deepEqual(delta, {
    type: 'conversation.item.input_audio_transcription.delta',
    event_id: delta?.event_id,
    item_id: utteranceId,
    content_index: 0,
    delta: 'what time',
  });
  live.listen(600, 0).understand('what time is it');
  const deltas = live.eventsOf('conversation.item.input_audio_transcription.delta');
  assert.deepEqual(
    deltas.map((event) => event.delta),
    ['what time', ' is it'],
  );
  const later = opened({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  later.listen(500, 1);
  later.give({
    type: 'ear_partial',
    utteranceId: later.lastEffect('ear_begin').utteranceId,
    text: 'what time',
  });
  assert.deepEqual(later.takeTypes(), ['input_audio_buffer.speech_started']);
});

test('[ENG38] the completed transcript is right even where the deltas were not', () => {
  const bench = opened({ audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } } });
  bench.listen(500, 1);
  const { utteranceId } = bench.lastEffect('ear_begin');
  bench.give({ type: 'ear_partial', utteranceId, text: 'what dime' });
  bench.listen(600, 0).understand('what time is it');
  const completed = bench.last('conversation.item.input_audio_transcription.completed');
  assert.equal(completed.transcript, 'what time is it');
  assert.deepEqual(completed.usage, { type: 'duration', seconds: 1 });
  assert.equal(bench.eventsOf('conversation.item.input_audio_transcription.delta').length, 1);
});

test('[ENG38] the gpt-4o models report their usage in tokens', () => {
  const bench = opened({
    audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } },
  });
  bench.say('what time is it');
  const { usage } = bench.last('conversation.item.input_audio_transcription.completed');
  assert.deepEqual(usage, {
    type: 'tokens',
    total_tokens: 19,
    input_tokens: 15,
    output_tokens: 4,
    input_token_details: { text_tokens: 0, audio_tokens: 15 },
  });
});

test('[ENG39] a transcription that fails is told, and the turn goes on', () => {
  const bench = opened({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  bench.listen(500, 1).listen(600, 0);
  const { utteranceId } = bench.lastEffect('ear_end');
  bench.give({ type: 'ear_failed', utteranceId, reason: 'out of memory' });
  const failed = bench.last('conversation.item.input_audio_transcription.failed');
  assert.equal(failed.item_id, utteranceId);
  assert.equal(failed.error.code, 'transcription_failed');
  assert.doesNotMatch(JSON.stringify(failed), /memory/);
  assert.equal(bench.brain.requests.length, 1);
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG39] ears that do not answer within ten seconds have failed', () => {
  const bench = opened({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  bench.listen(500, 1).listen(600, 0).wait(9_999);
  assert.equal(bench.brain.requests.length, 0);
  assert.equal(bench.conversation.deadline()?.reason, 'hearing_overdue');
  bench.wait(1);
  assert.equal(bench.brain.requests.length, 1);
  assert.equal(bench.eventsOf('conversation.item.input_audio_transcription.failed').length, 1);
  bench.understand('too late');
  assert.equal(bench.eventsOf('conversation.item.input_audio_transcription.completed').length, 0);
});

test('[ENG38] without transcription there are no transcription events', () => {
  const bench = opened();
  bench.say('hello').speak();
  assert.ok(bench.events().every(({ type }) => !type.includes('transcription')));
});

test('[ENG40] G.711 audio is heard at 24 kHz and answered in G.711', () => {
  for (const type of ['audio/pcmu', 'audio/pcma']) {
    const bench = opened({
      audio: { input: { format: { type } }, output: { format: { type } } },
    });
    const silence = Buffer.alloc(8_000, type === 'audio/pcmu' ? 0xff : 0xd5);
    bench.send({ type: 'input_audio_buffer.append', audio: silence.toString('base64') });
    const heard = bench.effectsOf('ear_push').reduce((sum, { pcm }) => sum + pcm.length, 0);
    assert.ok(heard > 23_500 && heard <= 24_000, `${heard} samples`);
    bench.type('hi').respond().speak(1_000);
    const bytes = bench
      .eventsOf('response.output_audio.delta')
      .reduce((sum, { delta }) => sum + Buffer.from(delta, 'base64').length, 0);
    assert.equal(bytes, 8_000);
    assert.deepEqual(bench.last('response.done').response.audio.output.format, { type });
  }
});

test('[ENG41] uncommitted audio beyond two minutes is dropped, oldest first, and counted', () => {
  const bench = opened(MANUAL);
  for (let second = 0; second < 125; second += 1) {
    bench.append(1_000);
  }
  const { bufferedMs, droppedMs } = bench.conversation.describe();
  assert.deepEqual([bufferedMs, droppedMs], [INPUT_BUFFER_MS_MAX, 5_000]);
});

test('[ENG41] speech that the ears have forgotten is heard as a recording', () => {
  const bench = opened();
  bench.append(30_000);
  bench.give({
    type: 'ear_activity',
    firstSample: 0,
    speechProbabilities: new Float32Array(3_000).map((_, frame) => (frame < 100 ? 1 : 0)),
  });
  const clip = bench.lastEffect('ear_clip');
  assert.equal(clip.pcm.length, 1_500 * 24);
  assert.equal(bench.effectsOf('ear_begin').length, 0);
  const hearing = { text: 'hello', isAccepted: true, confidenceRatio: 1, speechMs: 900 };
  bench.give({ type: 'ear_final', utteranceId: clip.utteranceId, hearing });
  assert.equal(bench.brain.requests.length, 1);
});

test('[ENG42] the brain is told what was heard and whether it was sure', () => {
  const bench = opened();
  bench.listen(500, 1).listen(600, 0).understand('hello', { isAccepted: false });
  assert.deepEqual(bench.brain.requests.at(-1)?.exchanges, [
    { role: 'user', text: 'hello', wasUnderstood: false, isSilence: false },
  ]);
});
