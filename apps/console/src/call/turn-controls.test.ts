import assert from 'node:assert/strict';
import test from 'node:test';
import type { WireEvent } from '@prism/client';
import { TurnControls } from './turn-controls.ts';

const VAD = { type: 'server_vad', threshold: 0.5 };

function openBench() {
  const did: string[] = [];
  const sent: WireEvent[] = [];
  let nowMs = 0;
  const session = {
    send: (event: WireEvent) => {
      sent.push(event);
      did.push(event.type);
    },
    mute: () => did.push('mute'),
    unmute: () => did.push('unmute'),
    interrupt: () => did.push('interrupt'),
  };
  const controls = new TurnControls(session, () => nowMs);
  controls.handle({
    type: 'session.created',
    session: { audio: { input: { turn_detection: VAD } } },
  });
  const taken = (): readonly string[] => did.splice(0);
  return { controls, sent, taken, pass: (ms: number) => (nowMs += ms) };
}

test('[CLI60] a press opens the microphone for a turn of its own, and letting go asks for the answer', () => {
  const { controls, taken, pass } = openBench();
  assert.equal(controls.press(), false);
  controls.setMode('push_to_talk');
  assert.deepEqual(taken(), ['session.update', 'mute']);
  assert.equal(controls.press(), true);
  assert.equal(controls.press(), false);
  assert.deepEqual(taken(), ['interrupt', 'input_audio_buffer.clear', 'unmute']);
  pass(900);
  controls.release();
  controls.release();
  assert.deepEqual(taken(), ['mute', 'input_audio_buffer.commit', 'response.create']);
});

test('[CLI60] a slip of the finger asks nothing', () => {
  const { controls, taken, pass } = openBench();
  controls.setMode('push_to_talk');
  controls.press();
  taken();
  pass(199);
  controls.release();
  assert.deepEqual(taken(), ['mute', 'input_audio_buffer.clear']);
});

test('[CLI60] hands-free again, the session has the turn detection that it had', () => {
  const { controls, sent, taken } = openBench();
  controls.setMode('push_to_talk');
  controls.handle({
    type: 'session.updated',
    session: { audio: { input: { turn_detection: null } } },
  });
  controls.setMode('hands_free');
  assert.deepEqual(
    sent.map(({ session }) => session),
    [null, VAD].map((detection) => ({
      type: 'realtime',
      audio: { input: { turn_detection: detection } },
    })),
  );
  taken();
  controls.setMuted(true);
  controls.setMode('push_to_talk');
  controls.setMode('hands_free');
  assert.equal(taken().at(-1), 'mute');
});

test('[CLI61] a call on hold hears nothing and says nothing', () => {
  const { controls, sent } = openBench();
  controls.setHeld(true);
  controls.setHeld(false);
  assert.deepEqual(sent, [
    { type: 'prism.input.mute', muted: true },
    { type: 'prism.output.hold', held: true },
    { type: 'prism.input.mute', muted: false },
    { type: 'prism.output.hold', held: false },
  ]);
});
