import assert from 'node:assert/strict';
import test from 'node:test';
import { SetupRecorder } from './setup-timings.ts';

test('[CLI8] every step takes the time since the step before, the total all of it', () => {
  const recorder = new SetupRecorder();
  recorder.mark('started', 100);
  recorder.mark('microphone_open', 150);
  recorder.mark('offer_ready', 160);
  recorder.mark('answer_applied', 200);
  assert.deepEqual(recorder.timings(), { microphoneMs: 50, offerMs: 10, signallingMs: 40 });
  recorder.mark('ice_connected', 230);
  recorder.mark('peer_connected', 270);
  recorder.mark('channel_open', 280);
  recorder.mark('session_created', 300);
  assert.deepEqual(recorder.timings(), {
    microphoneMs: 50,
    offerMs: 10,
    signallingMs: 40,
    iceMs: 30,
    dtlsMs: 40,
    channelMs: 10,
    sessionMs: 20,
    totalMs: 200,
  });
});

test('[CLI8] a step reported before its predecessor took no time, and the sum stays the total', () => {
  const recorder = new SetupRecorder();
  recorder.mark('started', 0);
  recorder.mark('channel_open', 90);
  recorder.mark('peer_connected', 100);
  recorder.mark('session_created', 130);
  assert.deepEqual(recorder.timings(), {
    dtlsMs: 100,
    channelMs: 0,
    sessionMs: 30,
    totalMs: 130,
  });
});

test('[CLI8] the first mark of a step counts, so that a later ICE restart changes nothing', () => {
  const recorder = new SetupRecorder();
  recorder.mark('started', 0);
  recorder.mark('ice_connected', 20);
  recorder.mark('ice_connected', 9000);
  assert.equal(recorder.timings().iceMs, 20);
});
