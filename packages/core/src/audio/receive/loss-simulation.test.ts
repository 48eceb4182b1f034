import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  LossyMicrophone,
  type LossyOutcome,
  type LossyPlan,
} from '../../testing/lossy-microphone.ts';

const PACKET_COUNT = 500;
const SEEDS = [1, 2, 3, 4, 5, 6];

type Case = Omit<LossyPlan, 'packetCount' | 'seed'>;

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length * share)] ?? NaN;
}

function speak(plan: Case): readonly LossyOutcome[] {
  return SEEDS.map((seed) =>
    new LossyMicrophone({ packetCount: PACKET_COUNT, seed, ...plan }).run(),
  );
}

/** What holds on every network: the order, the timeline, and that what is filled is what did not come in time. */
function assertWhole({ bench, heardIds, undeliveredCount }: LossyOutcome, hasCopies = false): void {
  assert.deepEqual(
    heardIds,
    [...new Set(heardIds)].sort((left, right) => left - right),
  );
  assert.equal(bench.timelineMs, PACKET_COUNT * 20);
  const { packetsGivenUp, packetsLate } = bench.receiver.counters();
  assert.equal(heardIds.length + packetsGivenUp, PACKET_COUNT);
  const missingCount = undeliveredCount + packetsLate;
  // Copies that come too late are not counted.
  if (hasCopies) assert.ok(packetsGivenUp >= missingCount);
  else assert.equal(packetsGivenUp, missingCount);
}

const NACK = { hasNack: true };
const RED_AND_NACK = { hasNack: true, redundantCount: 1 };
const BURSTS = { lossRatio: 0.0175, lossRatioBehindLoss: 2 / 3 };

/** Networks, with the share of packets that is heard at least. */
const CASES: readonly (readonly [string, Case, number])[] = [
  ['10 % at 20 ms, NACK', { lossRatio: 0.1, rttMs: 20, ...NACK }, 0.998],
  ['10 % at 45 ms, NACK', { lossRatio: 0.1, rttMs: 45, ...NACK }, 0.98],
  ['15 % at 20 ms, NACK', { lossRatio: 0.15, rttMs: 20, ...NACK }, 0.995],
  ['30 % at 20 ms, NACK', { lossRatio: 0.3, rttMs: 20, ...NACK }, 0.945],
  ['30 % at 45 ms, NACK', { lossRatio: 0.3, rttMs: 45, ...NACK }, 0.84],
  ['30 % at 20 ms, RED and NACK', { lossRatio: 0.3, rttMs: 20, ...RED_AND_NACK }, 0.99],
  ['30 % at 45 ms, RED and NACK', { lossRatio: 0.3, rttMs: 45, ...RED_AND_NACK }, 0.95],
  ['30 % at 20 ms, nothing', { lossRatio: 0.3, rttMs: 20 }, 0.68],
  ['bursts of three at 20 ms, NACK', { ...BURSTS, rttMs: 20, ...NACK }, 0.99],
  ['bursts of three at 45 ms, NACK', { ...BURSTS, rttMs: 45, ...NACK }, 0.98],
];

suite('audio receiver: voices through simulated loss', () => {
  for (const [name, plan, heardRatioMin] of CASES) {
    test(`[HLD2] [HLD9] [HLD10] ${name}: 95 % are handed on within 60 ms of when they came or would have, and nothing stays behind`, () => {
      const outcomes = speak(plan);
      for (const outcome of outcomes) {
        assertWhole(outcome, plan.redundantCount !== undefined);
        assert.ok(
          percentile(outcome.addedMs, 0.95) <= 60,
          `${percentile(outcome.addedMs, 0.95)} ms`,
        );
        assert.ok(outcome.calmAddedMs.every((addedMs) => addedMs === 0));
      }
      const heardCount = outcomes.reduce((sum, { heardIds }) => sum + heardIds.length, 0);
      const heardRatio = heardCount / (PACKET_COUNT * SEEDS.length);
      assert.ok(heardRatio >= heardRatioMin, `${heardRatio} heard`);
    });
  }

  test('[HLD15] where packets come up to 30 ms late by themselves, that much is waited longer', () => {
    for (const outcome of speak({ lossRatio: 0.1, rttMs: 20, jitterMs: 30, ...NACK })) {
      assertWhole(outcome);
      assert.ok(outcome.heardIds.length >= 0.99 * PACKET_COUNT);
      assert.ok(percentile(outcome.addedMs, 0.95) <= 75);
    }
  });

  test('[HLD16] a network that loses little is never asked for what may still come', () => {
    for (const plan of [
      { lossRatio: 0, rttMs: 20, jitterMs: 15 },
      { lossRatio: 0.02, rttMs: 20 },
    ]) {
      for (const { bench, addedMs } of speak({ ...plan, ...NACK })) {
        const early = bench.asked.filter(
          ({ sequenceNumber, atMs }) => atMs < (sequenceNumber + 1) * 20 + 10,
        );
        assert.deepEqual(early, []);
        if (plan.lossRatio === 0) assert.equal(bench.timersArmed, 0);
        if (plan.lossRatio === 0) assert.equal(Math.max(...addedMs), 0);
      }
    }
  });
});
