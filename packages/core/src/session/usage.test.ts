import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, CONTROLLER_ID, entries, respond } from '../testing/limits-bench.ts';
import { serverEvent, speech } from '../testing/session-bench.ts';

test('[USE7] audio of both sides and time are counted, and nothing of it is lost', () => {
  const test_ = bench({});
  test_.responseCreated();
  for (let second = 0; second < 3; second += 1) {
    test_.nowMs += 700;
    test_.post({ type: 'media.audio', pcm: speech(35) });
    test_.answer(speech(25));
  }
  test_.post({ type: 'controller.closed', controllerId: CONTROLLER_ID });
  test_.nowMs += 100;
  test_.post({ type: 'media.audio', pcm: new Int16Array(11) });
  test_.post({ type: 'close', reason: 'client_hangup' });
  const media = entries(test_, 'media');
  const sum = (name: 'inputAudioMs' | 'outputAudioMs' | 'sessionMs'): number =>
    media.reduce((total, entry) => total + entry[name], 0);
  assert.deepEqual(
    [sum('inputAudioMs'), sum('outputAudioMs'), sum('sessionMs')],
    [2_100, 1_500, 2_200],
  );
});

test('[USE7] audio that a client appends by itself is told by its size, within 1 %', () => {
  const test_ = bench({}, { audio: 'socket' });
  const audio = 'A'.repeat((48 * 100 * 4) / 3);
  for (let count = 0; count < 100; count += 1) {
    const text = JSON.stringify({ type: 'input_audio_buffer.append', audio });
    const bytes = new TextEncoder().encode(text);
    test_.post({ type: 'controller.append', controllerId: CONTROLLER_ID, bytes });
  }
  test_.post({ type: 'close', reason: 'client_hangup' });
  const heardMs = entries(test_, 'media').reduce((sum, entry) => sum + entry.inputAudioMs, 0);
  assert.ok(Math.abs(heardMs - 10_000) < 100, `${heardMs} ms`);
});

test('[USE6] what the upstream does not tell is reckoned from the audio, on what is known of the conversation', () => {
  const test_ = bench({});
  test_.post({ type: 'media.audio', pcm: speech(50) });
  test_.responseCreated('a');
  test_.answer(speech(100), 'a');
  test_.responseDone('a');
  respond(test_, 'b', 30);
  test_.responseCreated('c');
  test_.post({ type: 'close', reason: 'client_hangup' });
  const [first, second, third] = entries(test_, 'response');
  assert.equal(first?.isEstimated, true);
  assert.deepEqual([first.tokens.audioIn, first.tokens.audioOut], [10, 40]);
  assert.equal(first.costMicroUsd, 10 + 400);
  assert.equal(second?.isEstimated, false);
  assert.equal(third?.tokens.audioCachedIn, 30);
});

test('[USE3] [USE5] a transcription is counted by its own model, and without a price as such', () => {
  const test_ = bench({});
  const transcribed = (model: string): void => {
    const session = { type: 'realtime', audio: { input: { transcription: { model } } } };
    test_.post(serverEvent({ type: 'session.updated', session }));
    test_.post(
      serverEvent({
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: 'i',
        content_index: 0,
        transcript: '',
        usage: { type: 'duration', seconds: 60 },
      }),
    );
  };
  transcribed('whisper-1');
  transcribed('unheard-of');
  assert.deepEqual(
    entries(test_, 'transcription').map(({ model, transcribedMs, costMicroUsd, isPriceKnown }) => [
      model,
      transcribedMs,
      costMicroUsd,
      isPriceKnown,
    ]),
    [
      ['whisper-1', 60_000, 6_000, true],
      ['unheard-of', 60_000, 0, false],
    ],
  );
  assert.equal(test_.session.describe()['unpricedUsage'], 1);
});

test('[USE6] a session that ends for whatever reason tells what is left before anything ends', () => {
  for (const reason of ['client_hangup', 'server_draining'] as const) {
    const test_ = bench({});
    test_.responseCreated();
    test_.answer(speech(10));
    test_.post({ type: 'close', reason });
    const types = test_.effects.map(({ type }) => type);
    assert.ok(types.lastIndexOf('spending') < types.indexOf('upstream.close'));
    assert.equal(entries(test_, 'response').length, 1);
    test_.advance(5_000);
    assert.equal(entries(test_).length, 2);
  }
});
