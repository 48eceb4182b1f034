import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeechLevel } from './speech-level.ts';

test('[EAR15] loudness is told by the first 200 ms that are surely speech, whatever comes between or later', () => {
  const level = new SpeechLevel();
  const take = (count: number, power: number, speechProbability: number): void => {
    for (let frame = 0; frame < count; frame += 1) level.take({ power, speechProbability });
  };
  take(50, 1e8, 0.79);
  assert.equal(level.rms, undefined);
  take(10, 3_000 ** 2, 0.8);
  assert.equal(level.isKnown, false);
  assert.equal(level.rms, 3_000 / 32_768);
  take(30, 1e8, 0.5);
  take(10, 4_000 ** 2, 1);
  const rms = Math.sqrt((3_000 ** 2 + 4_000 ** 2) / 2) / 32_768;
  assert.deepEqual([level.isKnown, level.rms], [true, rms]);
  take(1_000, 1e8, 1);
  assert.equal(level.rms, rms);
});
