import assert from 'node:assert/strict';
import test from 'node:test';
import { sparklinePath, topOf } from './sparkline-path.ts';

const frame = { width: 60, height: 10, endMs: 60_000, spanMs: 60_000, top: 100 };

test('[PGD6] a line ends at the right edge, keeps its gaps and stays within its frame', () => {
  const path = sparklinePath(
    [
      { atMs: 0, value: 0 },
      { atMs: 1000, value: 50 },
      { atMs: 2000, value: undefined },
      { atMs: 59_000, value: 300 },
      { atMs: 60_000, value: 100 },
    ],
    frame,
  );
  assert.equal(path, 'M0 10h0L1 5M59 0h0L60 0');
  assert.equal(sparklinePath([], frame), '');
});

test('[PGD6] the upper edge is a round figure that no value is above', () => {
  assert.equal(topOf([3, undefined, 7], 100), 100);
  assert.equal(topOf([130, 20], 100), 200);
  assert.equal(topOf([0.07], 0.02), 0.07);
  assert.equal(topOf([0.071], 0.02), 0.08);
});
