import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { after, type MonotonicMs } from '../time/clock.ts';
import { Respawn } from './respawn.ts';
import { WorkerChoice } from './worker-choice.ts';
import { workerOfId } from './worker-of-id.ts';

const NOW = 1_000 as MonotonicMs;

suite('workers', () => {
  test('[WRK3] an id names one worker, whoever made it', () => {
    assert.equal(workerOfId('rtc_abcD', 1), 0);
    const all = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-';
    for (const workerCount of [2, 3, 5, 32]) {
      const owners = new Set(Array.from(all, (last) => workerOfId(`rtc_x${last}`, workerCount)));
      assert.deepEqual(
        [...owners].sort((one, other) => one - other),
        Array.from({ length: workerCount }, (_, index) => index),
      );
    }
    assert.equal(workerOfId('', 4), 0);
  });

  test('[WRK2] sessions go to the worker with the fewest, a burst in turns', () => {
    const choice = new WorkerChoice(3);
    assert.equal(choice.pick(NOW), undefined);
    for (const index of [0, 1, 2]) choice.told(index, { placeCount: index, isTaking: true });
    const counts = [0, 1, 2];
    for (let session = 0; session < 30; session += 1) {
      const index = choice.pick(NOW) ?? assert.fail();
      choice.sent(index, NOW);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    assert.deepEqual(counts, [11, 11, 11]);
  });

  test('[WRK2] what was sent counts until the worker tells of it, or for half a second', () => {
    const choice = new WorkerChoice(2);
    for (const index of [0, 1]) choice.told(index, { placeCount: 0, isTaking: true });
    choice.sent(0, NOW);
    choice.sent(0, NOW);
    choice.sent(1, NOW);
    assert.deepEqual([choice.pick(NOW), choice.pick(NOW)], [1, 1]);
    choice.told(0, { placeCount: 1, isTaking: true });
    choice.told(1, { placeCount: 1, isTaking: true });
    // Two and one: the second of the first worker is still on its way.
    assert.deepEqual([choice.pick(NOW), choice.pick(NOW)], [1, 1]);
    assert.equal(choice.pick(after(NOW, 499), 0), 1);
    assert.equal(choice.pick(after(NOW, 500), 0), 0);
  });

  test('[WRK2] a worker that takes nothing is left out while another one is there', () => {
    const choice = new WorkerChoice(2);
    choice.told(0, { placeCount: 0, isTaking: false });
    choice.told(1, { placeCount: 90, isTaking: true });
    assert.deepEqual([choice.pick(NOW), choice.pick(NOW)], [1, 1]);
    choice.told(1, undefined);
    assert.deepEqual([choice.pick(NOW), choice.pick(NOW)], [0, 0]);
  });

  test('[WRK9] a worker that does not stay is started later each time, half a minute at most', () => {
    const respawn = new Respawn();
    const delays = Array.from({ length: 9 }, () => respawn.ended(100));
    assert.deepEqual(delays, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert.equal(respawn.ended(60_000), 250);
    assert.equal(respawn.ended(0), 500);
  });
});
