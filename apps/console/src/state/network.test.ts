import assert from 'node:assert/strict';
import test from 'node:test';
import { addSnapshot, type NetworkHistory, NO_HISTORY } from './network-history.ts';
import { networkQuality, QUALITY_LIMITS } from './network-quality.ts';

const sums = { jitterBufferDelayMs: 0, jitterBufferEmittedCount: 0, packetCount: 0, lostCount: 0 };

function minute(change: object = {}, count = 10): NetworkHistory {
  let history = NO_HISTORY;
  for (let second = 0; second < count; second += 1) {
    const inbound = { ...sums, totalBytes: second * 4000, jitterMs: 3, recentLossRatio: 0 };
    history = addSnapshot(
      history,
      { rttMs: 20, inbound, ...change },
      {
        atMs: second * 1000,
        isPlaying: true,
      },
    );
  }
  return history;
}

test('[PGD4] the history holds the last minute and has rates of what came between two snapshots', () => {
  const { samples } = minute({}, 200);
  assert.equal(samples.length, 61);
  assert.equal(samples.at(-1)?.inbound.rateBps, 32_000);
  assert.equal(samples.at(-1)?.outbound.rateBps, undefined);
});

test('[PGD4] a link that counts from zero again has no negative rate', () => {
  const history = addSnapshot(
    minute(),
    { inbound: { ...sums, totalBytes: 10 } },
    {
      atMs: 10_000,
      isPlaying: false,
    },
  );
  assert.equal(history.samples.at(-1)?.inbound.rateBps, undefined);
});

test('[PGD5] the worst figure decides the quality, and is named', () => {
  assert.equal(networkQuality([]), undefined);
  assert.equal(networkQuality(minute().samples)?.level, 'excellent');
  assert.deepEqual(networkQuality(minute({ rttMs: 350 }).samples), {
    level: 'fair',
    decidedBy: 'rttMs',
    value: 350,
  });
  const outbound = { ...sums, totalBytes: 0, recentLossRatio: 0.2 };
  const lossy = networkQuality(minute({ rttMs: 350, outbound }).samples);
  assert.deepEqual([lossy?.level, lossy?.decidedBy], ['poor', 'lossRatio']);
});

test('[PGD5] a figure at its limit is still of that level', () => {
  const [excellent, good, fair] = QUALITY_LIMITS.rttMs;
  const levelAt = (rttMs: number) => networkQuality(minute({ rttMs }).samples)?.level;
  assert.deepEqual([excellent, excellent + 1, good, good + 1, fair, fair + 1].map(levelAt), [
    'excellent',
    'good',
    'good',
    'fair',
    'fair',
    'poor',
  ]);
});

test('[PGD5] what was bad more than ten seconds ago no longer counts', () => {
  let history = minute({ rttMs: 900 });
  for (let second = 10; second < 20; second += 1) {
    history = addSnapshot(history, { rttMs: 20 }, { atMs: second * 1000, isPlaying: false });
  }
  assert.equal(networkQuality(history.samples)?.level, 'excellent');
});

test('[PGD5] concealment counts while an answer is played, not where it begins or ends', () => {
  let history = NO_HISTORY;
  const inbound = { ...sums, totalBytes: 0, recentConcealedRatio: 0.5 };
  [false, true, true, false].forEach((isPlaying, second) => {
    history = addSnapshot(history, { inbound }, { atMs: second * 1000, isPlaying });
  });
  assert.deepEqual(
    history.samples.map(({ concealedRatio }) => concealedRatio),
    [undefined, undefined, 0.5, undefined],
  );
});
