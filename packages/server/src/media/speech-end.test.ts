import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeechOnset } from '@prism/core';
import { createOpusCodec } from './opus-codec.ts';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 480;
const SAMPLES_PER_MS = 24;
/** Opus' encoder looks so far ahead (RFC 7845, section 4.2): all is heard later by that. */
const LOOKAHEAD_MS = 6.5;
const SOUND_COUNT = 60;

const codec = createOpusCodec();

interface Sound {
  readonly pitchHz: number;
  readonly level: number;
}

/** A sawtooth from one sample to another, within silence. */
function buzz({ pitchHz, level }: Sound, startSample: number, endSample: number): Int16Array {
  const pcm = new Int16Array(RATE_HZ);
  for (let at = startSample; at < endSample; at += 1)
    pcm[at] = level * ((((at - startSample) * pitchHz) % RATE_HZ) / RATE_HZ - 0.5);
  return pcm;
}

/** Where it ends, as it is heard behind Opus, in ms after it did. */
function endOffMs(pcm: Int16Array, endSample: number): number {
  const [encoder, decoder] = [codec.openEncoder(), codec.openDecoder()];
  let endMs = Number.NaN;
  const ears = new SpeechOnset({
    onset: () => undefined,
    ended: (sample) => {
      endMs = sample / SAMPLES_PER_MS;
    },
  });
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    const packet = encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES));
    ears.push(decoder.decode(packet) ?? new Int16Array(FRAME_SAMPLES));
  }
  decoder.close();
  encoder.close();
  return endMs - LOOKAHEAD_MS - endSample / SAMPLES_PER_MS;
}

const SOUNDS: readonly Sound[] = [
  { pitchHz: 110, level: 16_000 },
  { pitchHz: 150, level: 2_000 },
  { pitchHz: 180, level: 16_000 },
  { pitchHz: 240, level: 6_000 },
];

test('[ONS1] the end of a sound is found within 3 ms behind Opus, wherever in a packet it is', () => {
  const offMs = SOUNDS.flatMap((sound) =>
    Array.from({ length: SOUND_COUNT }, (_, index) => {
      const startSample = 9_600 + index * 17;
      const endSample = startSample + 4_800 + index * 53;
      return Math.abs(endOffMs(buzz(sound, startSample, endSample), endSample));
    }),
  );
  offMs.sort((one, other) => one - other);
  // One that ends where its wave is at zero has no sharp end.
  const p95Ms = offMs[Math.floor(0.95 * offMs.length)] ?? Number.NaN;
  assert.ok(p95Ms <= 3, `${p95Ms} ms`);
});
