import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlyAudioEvents } from './early-audio.ts';

const FRAME_SAMPLES = 480;

/** Frames whose samples tell their place. */
function frames(count: number): readonly Float32Array[] {
  return Array.from({ length: count }, (_, frame) =>
    Float32Array.from({ length: FRAME_SAMPLES }, (__, at) => (frame * FRAME_SAMPLES + at) / 32_768),
  );
}

function samplesOf(audio: string): readonly number[] {
  const bytes = Uint8Array.from(atob(audio), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 2 }, (_, at) => view.getInt16(at * 2, true));
}

test('[SOC11] what was recorded is handed over in pieces of a second, in order, the last marked', () => {
  const events = earlyAudioEvents(frames(60));
  assert.deepEqual(
    events.map(({ type, complete }) => [type, complete]),
    [
      ['prism.input.early', false],
      ['prism.input.early', true],
    ],
  );
  const all = events.flatMap(({ audio }) => samplesOf(audio));
  assert.equal(all.length, 60 * FRAME_SAMPLES);
  assert.ok(all.every((sample, at) => sample === at));
  assert.deepEqual(
    earlyAudioEvents(frames(50)).map(({ complete }) => complete),
    [true],
  );
});

test('[SOC11] nothing recorded is said so, because the server waits for it', () => {
  assert.deepEqual(earlyAudioEvents([]), [
    { type: 'prism.input.early', audio: '', complete: true },
  ]);
});
