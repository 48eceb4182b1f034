import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameQueue } from './frame-queue.ts';

test('[EAR4] frames are the pushed samples in order, whatever the sizes of the pushes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 30 }), (sizes) => {
      const queue = new FrameQueue(7);
      const expected: number[] = [];
      for (const [index, size] of sizes.entries()) {
        if (size < 0) {
          queue.pushSilence(-size);
          expected.push(...new Array<number>(-size).fill(0));
        } else {
          queue.push(new Int16Array(size).fill(index + 1));
          expected.push(...new Array<number>(size).fill(index + 1));
        }
      }
      assert.equal(queue.frameCount, Math.floor(expected.length / 7));
      const taken: number[] = [];
      while (queue.frameCount > 0) taken.push(...queue.take());
      assert.deepEqual(taken, expected.slice(0, taken.length));
      assert.ok(expected.length - taken.length < 7);
      assert.throws(() => queue.take(), RangeError);
    }),
    { seed: 6, numRuns: 200 },
  );
});
