import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FRAME_SAMPLES } from '../../harness/network/coded-microphone.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import {
  SimulatedMicrophone,
  type SimulationOutcome,
  type SimulationPlan,
} from '../../harness/network/simulated-microphone.ts';

/** Frames said: 20 s. The last two seconds of packets come through whole. */
const FRAME_COUNT = 1_000;
const CLEAN_FROM_FRAME = 900;

const LOSS_10: ImpairmentPlan = { seed: 10, lossRatio: 0.1 };
/** Five percent in bursts of three on average. */
const BURSTS: ImpairmentPlan = { seed: 3, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } };

type Client = Pick<SimulationPlan, 'redundantCount' | 'hasFec' | 'hasNack'>;

function simulate(network: ImpairmentPlan, client: Client = {}): SimulationOutcome {
  return new SimulatedMicrophone({
    frameCount: FRAME_COUNT,
    cleanFromFrame: CLEAN_FROM_FRAME,
    rttMs: 20,
    network,
    ...client,
  }).run();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

/** What holds on every network: the timeline, the longest wait, and no delay once the network is clean. */
function assertWhole({
  saidFrames,
  playedFrames,
  delaysMs,
  delaysMsAfter,
}: SimulationOutcome): void {
  assert.equal(playedFrames, saidFrames);
  assert.ok(percentile(delaysMs, 0.95) <= 60);
  assert.ok(delaysMsAfter.length > 50);
  assert.ok(delaysMsAfter.every((delayMs) => delayMs === 0));
}

/** Samples that stand for sound which never came. */
function filledFrames({ counters }: SimulationOutcome): number {
  return (counters.concealedSamples + counters.silenceSamples) / FRAME_SAMPLES;
}

suite('time-coded sound through simulated networks', () => {
  test('[HLD9] a clean network adds no delay and loses nothing, whatever was negotiated', () => {
    for (const client of [{}, { redundantCount: 2 as const }, { hasNack: true }]) {
      const outcome = simulate({ seed: 1 }, client);
      assertWhole(outcome);
      assert.equal(outcome.heard.inPlaceCount, FRAME_COUNT);
      assert.equal(Math.max(...outcome.delaysMs), 0);
      assert.equal(filledFrames(outcome), 0);
    }
  });

  test('[HLD9] at 10 % random loss NACK, or RED with two copies, brings 99.5 % of the sound upstream', () => {
    for (const client of [{ hasNack: true }, { redundantCount: 2 as const }]) {
      const outcome = simulate(LOSS_10, client);
      assertWhole(outcome);
      assert.ok(outcome.heard.inPlaceCount >= 0.995 * FRAME_COUNT, JSON.stringify(outcome.heard));
    }
  });

  test('[HLD9] at 5 % in bursts of three NACK, or RED with two copies, brings 98 % of it', () => {
    for (const client of [{ hasNack: true }, { redundantCount: 2 as const }]) {
      const outcome = simulate(BURSTS, client);
      assertWhole(outcome);
      assert.ok(outcome.counters.packetsGivenUp + outcome.counters.packetsRecoveredByNack > 0);
      assert.ok(outcome.heard.inPlaceCount >= 0.98 * FRAME_COUNT, JSON.stringify(outcome.heard));
    }
  });

  test('[HLD10] what is concealed is what stayed lost, to one in a hundred', () => {
    for (const lossRatio of [0.05, 0.15, 0.3]) {
      for (const client of [{}, { hasNack: true }, { redundantCount: 1 as const }]) {
        const outcome = simulate({ seed: 5, lossRatio }, client);
        assertWhole(outcome);
        const unheard = FRAME_COUNT - outcome.heard.inPlaceCount;
        const off = Math.abs(filledFrames(outcome) - unheard);
        assert.ok(off <= FRAME_COUNT / 100, `${lossRatio}: ${off} frames off of ${unheard}`);
      }
    }
  });

  test('[HLD10] [FEC2] in-band FEC restores most of what no other way brings back', () => {
    const without = simulate(LOSS_10);
    const withFec = simulate(LOSS_10, { hasFec: true });
    assertWhole(withFec);
    const { packetsRecoveredByFec, packetsGivenUp } = withFec.counters;
    assert.equal(packetsRecoveredByFec + packetsGivenUp, without.counters.packetsGivenUp);
    assert.ok(packetsRecoveredByFec > packetsGivenUp);
    assert.equal(filledFrames(withFec), packetsGivenUp);
  });

  test('[HLD11] reordering of 20 %, duplicates of 20 % and a queue of up to 200 ms lose nothing', () => {
    for (const network of [
      { seed: 6, reorderRatio: 0.2, reorderCount: 2 },
      { seed: 7, duplicateRatio: 0.2 },
      { seed: 8, jitterMs: 200, keepsOrder: true },
    ]) {
      const outcome = new SimulatedMicrophone({ frameCount: 500, rttMs: 20, network }).run();
      assert.equal(outcome.heard.inPlaceCount, 500);
      assert.equal(filledFrames(outcome), 0);
      assert.ok(percentile(outcome.delaysMs, 0.95) <= 60);
    }
  });
});
