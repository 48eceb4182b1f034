import assert from 'node:assert/strict';
import test from 'node:test';
import {
  formatBytes,
  formatClock,
  formatMs,
  formatRate,
  formatRatio,
  NO_FIGURE,
} from './figures.ts';

test('[PGD6] figures are short, and unknown ones are a dash', () => {
  assert.equal(formatMs(4.25), '4.3 ms');
  assert.equal(formatMs(84.4), '84 ms');
  assert.equal(formatMs(1240), '1.24 s');
  assert.equal(formatRatio(0), '0 %');
  assert.equal(formatRatio(0.0004), '< 0.1 %');
  assert.equal(formatRatio(0.0131), '1.3 %');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(16_400), '16.4 kB');
  assert.equal(formatBytes(2_500_000), '2.5 MB');
  assert.deepEqual([formatRate(31_900), formatRate(940)], ['32', '0.9']);
  assert.deepEqual([formatClock(0), formatClock(67_440)], ['0:00.0', '1:07.4']);
  for (const format of [formatMs, formatRatio, formatBytes, formatRate]) {
    assert.equal(format(undefined), NO_FIGURE);
  }
});
