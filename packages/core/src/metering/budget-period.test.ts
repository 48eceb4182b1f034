import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { periodAt } from './budget-period.ts';

test('[BUD16] days and months are those of UTC', () => {
  const moment = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });
  fc.assert(
    fc.property(moment, (wallMs) => {
      const at = new Date(wallMs);
      const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
      assert.deepEqual(periodAt('month', wallMs), {
        startMs: Date.UTC(year, month, 1),
        endMs: Date.UTC(year, month + 1, 1),
      });
      assert.deepEqual(periodAt('day', wallMs), {
        startMs: Date.UTC(year, month, day),
        endMs: Date.UTC(year, month, day + 1),
      });
    }),
    { seed: 20_261_126, numRuns: 2_000 },
  );
  assert.deepEqual(periodAt('total', 5), { startMs: 0, endMs: undefined });
});
