import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { REPLAY_WINDOW_RECORDS, ReplayWindow } from './replay-window.ts';

suite('replay window', () => {
  test('[DTL30] a number is new once, as long as it is not too old', () => {
    const steps = fc.array(
      fc.oneof(fc.integer({ min: -400, max: 20 }), fc.integer({ min: 1, max: 2_000 })),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (moves) => {
        const window = new ReplayWindow();
        const come = new Set<number>();
        let newest = -1;
        let sequence = 500;
        for (const move of moves) {
          sequence = Math.max(0, newest + move);
          const isExpected = !come.has(sequence) && sequence > newest - REPLAY_WINDOW_RECORDS;
          assert.equal(window.isNew(sequence), isExpected);
          if (!isExpected) continue;
          window.note(sequence);
          come.add(sequence);
          newest = Math.max(newest, sequence);
        }
      }),
      { seed: 3 },
    );
  });

  test('[DTL30] asking changes nothing, and the largest number is one as well', () => {
    const window = new ReplayWindow();
    assert.equal(window.isNew(2 ** 48 - 1), true);
    assert.equal(window.isNew(0), true);
    window.note(2 ** 48 - 1);
    assert.equal(window.isNew(2 ** 48 - 1), false);
    assert.equal(window.isNew(2 ** 48 - 2), true);
    assert.equal(window.isNew(0), false);
  });
});
