import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED_RATIO, confidence, noiseRatio } from './acceptance.ts';
import { type HeardFrame, signalToNoiseDb } from './signal-to-noise.ts';

function frames(count: number, power: number, speechProbability: number): readonly HeardFrame[] {
  return Array.from({ length: count }, () => ({ power, speechProbability }));
}

test('[EAR25] the noise between and around the words is set against the words', () => {
  const noise = frames(30, 1_000, 0.05);
  const words = frames(50, 100_000, 0.95);
  assert.equal(signalToNoiseDb([...noise, ...words, ...noise]), 20);
  // What the detector is unsure of belongs to neither, and the ends of words are few.
  const ends = [...frames(20, 50_000, 0.5), ...frames(10, 30_000, 0.1)];
  assert.equal(signalToNoiseDb([...noise, ...words, ...ends, ...noise]), 20);
});

test('[EAR25] silence is 40 dB, noise as loud as speech 0, and of too little nothing is known', () => {
  const words = frames(50, 5_000_000, 0.95);
  assert.equal(signalToNoiseDb([...frames(20, 0, 0), ...words]), 40);
  assert.equal(signalToNoiseDb([...frames(20, 9_000_000, 0.1), ...words]), 0);
  assert.equal(signalToNoiseDb([...frames(9, 0, 0), ...words]), undefined);
  assert.equal(signalToNoiseDb(frames(50, 1_000, 0.1)), undefined);
  assert.equal(signalToNoiseDb([]), undefined);
});

test('[EAR25] the noisier it is, the better a sentence must fit; unknown noise is noise', () => {
  const at = (lossPerFrame: number, snrDb: number | undefined): number =>
    confidence({ lossPerFrame, worstLossPerFrame: 60, unexplainedRatio: 0 }, snrDb);
  const lossAtWhichItIsRefused = (snrDb: number | undefined): number => {
    let loss = 0;
    while (at(loss, snrDb) >= ACCEPTED_RATIO && loss < 1_000) loss += 0.01;
    return loss;
  };
  const losses = [40, 20, 10].map(lossAtWhichItIsRefused);
  assert.deepEqual(
    losses,
    losses.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(losses).size, 3);
  assert.equal(lossAtWhichItIsRefused(undefined), losses[2]);
});

test('[EAR25] from 30 to 12 dB noise counts more and more', () => {
  assert.deepEqual([40, 30, 21, 12, 5, undefined].map(noiseRatio), [0, 0, 0.5, 1, 1, 1]);
});
