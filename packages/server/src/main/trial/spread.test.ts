import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { histogramLines, spreadOf } from './spread.ts';

const VALUES = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

suite('measured values', () => {
  test('[TRI3] a percentile is a value that was measured, and so many are not above it', () => {
    assert.equal(spreadOf([]), undefined);
    fc.assert(
      fc.property(VALUES, (values) => {
        const spread = spreadOf(values);
        assert.ok(spread !== undefined);
        for (const [ratio, value] of [
          [0.5, spread.p50],
          [0.95, spread.p95],
          [0.99, spread.p99],
          [1, spread.max],
        ] as const) {
          assert.ok(values.includes(value));
          assert.ok(values.filter((other) => other <= value).length >= ratio * values.length);
        }
      }),
    );
  });

  test('[TRI3] a histogram has every value in a bin of a round width', () => {
    assert.deepEqual(histogramLines([]), []);
    fc.assert(
      fc.property(VALUES, (values) => {
        const lines = histogramLines(values);
        const counts = lines.map((line) => Number(/ms +(\d+)/.exec(line)?.[1]));
        assert.equal(
          counts.reduce((total, count) => total + count, 0),
          values.length,
        );
        assert.ok(lines.length <= 14, `${lines.length} lines`);
        assert.match(lines[0] ?? '', /^ *\d+– *\d+ ms /);
      }),
    );
  });

  test('[TRI3] the bars are as long as the counts, the longest 40 characters', () => {
    assert.deepEqual(histogramLines([10, 11, 11, 35]), [
      '10–15 ms  3  ████████████████████████████████████████',
      ...['15–20', '20–25', '25–30', '30–35'].map((bin) => `${bin} ms  0`),
      '35–40 ms  1  ██████████████',
    ]);
  });
});
