import assert from 'node:assert/strict';
import test from 'node:test';
import { displayLevel, rootMeanSquare } from './level-meter.ts';

test('[CLI44] a full-scale square has an RMS of 1, a sine of 0.707, silence of 0', () => {
  assert.equal(rootMeanSquare([1, -1, 1, -1]), 1);
  const sine = Array.from({ length: 480 }, (_, index) => Math.sin((2 * Math.PI * index) / 48));
  assert.ok(Math.abs(rootMeanSquare(sine) - Math.SQRT1_2) < 1e-9);
  assert.equal(rootMeanSquare([0, 0]), 0);
  assert.equal(rootMeanSquare([]), 0);
});

test('[CLI44] the display runs from −60 dBFS to −10 dBFS and no further', () => {
  assert.equal(displayLevel(0), 0);
  assert.equal(displayLevel(1e-4), 0);
  assert.ok(Math.abs(displayLevel(10 ** (-35 / 20)) - 0.5) < 1e-9);
  assert.equal(displayLevel(1), 1);
});
