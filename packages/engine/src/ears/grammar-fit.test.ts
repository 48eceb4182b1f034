import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED_RATIO, confidence } from './acceptance.ts';
import type { DecodedSegment } from './decoder.ts';
import { fitEvidence } from './grammar-fit.ts';

function path(...parts: readonly (readonly [string, number, number])[]): readonly DecodedSegment[] {
  let startFrame = 0;
  return parts.map(([word, frameCount, acousticScore]) => {
    const segment = { word, startFrame, endFrame: startFrame + frameCount, acousticScore };
    startFrame = segment.endFrame;
    return segment;
  });
}

test('[EAR8] the loss is taken over the words alone, and the worst ones are found', () => {
  const evidence = fitEvidence(
    path(
      ['<sil>', 30, -9_000],
      ['turn', 30, -900],
      ['it', 10, -500],
      ['off', 10, -500],
      ['<sil>', 9, 0],
    ),
    () => false,
  );
  assert.equal(evidence.lossPerFrame, 1_900 / 50);
  assert.equal(evidence.worstLossPerFrame, 1_000 / 20);
});

test('[EAR8] a short word at the end is not judged by its few frames alone', () => {
  const evidence = fitEvidence(path(['stop', 20, -600], ['it', 2, -200]), () => true);
  assert.equal(evidence.worstLossPerFrame, 30);
});

test('[EAR8] speech in the fillers counts as unexplained, silence there does not', () => {
  const segments = path(['<sil>', 10, 0], ['stop', 30, -900], ['+NSN+', 20, 0]);
  assert.equal(fitEvidence(segments, (frame) => frame >= 10).unexplainedRatio, 20 / 50);
  assert.equal(fitEvidence(segments, (frame) => frame >= 10 && frame < 40).unexplainedRatio, 0);
  assert.equal(fitEvidence(segments, () => false).unexplainedRatio, 0);
});

test('[EAR8] confidence falls with every kind of misfit, and lies between 0 and 1', () => {
  const good = { lossPerFrame: 35, worstLossPerFrame: 45, unexplainedRatio: 0 };
  assert.ok(confidence(good, 40) > 0.9);
  for (const worse of [
    { ...good, lossPerFrame: 90 },
    { ...good, lossPerFrame: 60, worstLossPerFrame: 110 },
    { ...good, lossPerFrame: 45, unexplainedRatio: 0.8 },
  ]) {
    assert.ok(confidence(worse, 40) < ACCEPTED_RATIO, JSON.stringify(worse));
  }
  assert.equal(confidence({ ...good, lossPerFrame: 1e9 }, 40), 0);
});
