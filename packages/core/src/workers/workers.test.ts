import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Respawn } from './respawn.ts';
import { WorkerChoice } from './worker-choice.ts';
import { workerOfId } from './worker-of-id.ts';

suite('workers', () => {
  test('[WRK3] an id names one worker, whoever made it', () => {
    assert.equal(workerOfId('rtc_abcD', 1), 0);
    const all = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-';
    for (const workerCount of [2, 3, 5, 32]) {
      const owners = new Set([...all].map((last) => workerOfId(`rtc_x${last}`, workerCount)));
      assert.deepEqual(
        [...owners].sort((one, other) => one - other),
        Array.from({ length: workerCount }, (_, index) => index),
      );
    }
    assert.equal(workerOfId('', 4), 0);
  });

  test('[WRK2] sessions go to the worker with the fewest, a burst in turns', () => {
    const choice = new WorkerChoice(3);
    assert.equal(choice.pick(), undefined);
    for (const index of [0, 1, 2]) choice.told(index, { placeCount: index, isTaking: true });
    const counts = [0, 1, 2];
    for (let session = 0; session < 30; session += 1) {
      const index = choice.pick() ?? assert.fail();
      choice.sent(index);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    assert.deepEqual(counts, [11, 11, 11]);
    // What was sent a moment ago may be no session yet.
    choice.told(1, { placeCount: 0, isTaking: true });
    choice.answered(1);
    assert.equal(choice.pick(), 1);
    choice.told(0, { placeCount: 0, isTaking: true });
    choice.told(0, { placeCount: 0, isTaking: true });
    assert.equal(choice.pick(), 0);
  });

  test('[WRK2] a worker that takes nothing is left out while another one is there', () => {
    const choice = new WorkerChoice(2);
    choice.told(0, { placeCount: 0, isTaking: false });
    choice.told(1, { placeCount: 90, isTaking: true });
    assert.deepEqual([choice.pick(), choice.pick()], [1, 1]);
    choice.told(1, undefined);
    assert.deepEqual([choice.pick(), choice.pick()], [0, 0]);
  });

  test('[WRK9] a worker that does not stay is started later each time, half a minute at most', () => {
    const respawn = new Respawn();
    const delays = Array.from({ length: 9 }, () => respawn.ended(100));
    assert.deepEqual(delays, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert.equal(respawn.ended(60_000), 250);
    assert.equal(respawn.ended(0), 500);
  });
});
