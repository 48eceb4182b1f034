import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FRAME_SAMPLES } from '../../harness/network/coded-microphone.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import {
  SimulatedMicrophone,
  type SimulationOutcome,
  type SimulationPlan,
} from '../../harness/network/simulated-microphone.ts';

/** Frames said where completeness counts, 20 s, and on each of many networks, 8 s. */
const FRAME_COUNT = 1_000;
const SHORT_FRAME_COUNT = 400;

const LOSS_10: ImpairmentPlan = { seed: 10, lossRatio: 0.1 };
/** Five percent in bursts of three on average. */
const BURSTS: ImpairmentPlan = { seed: 3, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } };

type Client = Pick<SimulationPlan, 'redundantCount' | 'hasFec' | 'hasNack'>;

const CLIENTS: Readonly<Record<string, Client>> = {
  nothing: {},
  FEC: { hasFec: true },
  NACK: { hasNack: true },
  'RED 1': { redundantCount: 1 },
  'RED 2': { redundantCount: 2 },
  'RED 1 and NACK': { redundantCount: 1, hasNack: true },
};

const NETWORKS: Readonly<Record<string, ImpairmentPlan>> = {
  'loss of 5 %': { seed: 5, lossRatio: 0.05 },
  'loss of 15 %': { seed: 15, lossRatio: 0.15 },
  'loss of 30 %': { seed: 30, lossRatio: 0.3 },
  'bursts of 3': BURSTS,
  'a queue of up to 200 ms': { seed: 8, jitterMs: 200, keepsOrder: true },
  'any order within 200 ms': { seed: 2, jitterMs: 200 },
  'reordering of 20 %': { seed: 4, reorderRatio: 0.2, reorderCount: 1 },
};

function simulate(
  network: ImpairmentPlan,
  client: Client = {},
  plan: Partial<SimulationPlan> = {},
): SimulationOutcome {
  return new SimulatedMicrophone({
    frameCount: FRAME_COUNT,
    rttMs: 20,
    network,
    ...client,
    ...plan,
  }).run();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

/** What holds on every network: the timeline, and how long packets wait. */
function assertWhole({ saidFrames, playedFrames, delaysMs }: SimulationOutcome, name = ''): void {
  assert.equal(playedFrames, saidFrames, name);
  assert.ok(percentile(delaysMs, 0.95) <= 60, name);
}

/** Frames that stand for sound which never came. */
function filledFrames({ counters }: SimulationOutcome): number {
  return (counters.concealedSamples + counters.silenceSamples) / FRAME_SAMPLES;
}

suite('time-coded sound through simulated networks', () => {
  test('[HLD9] a clean network adds no delay and loses nothing, whatever was negotiated', () => {
    for (const client of Object.values(CLIENTS)) {
      const outcome = simulate({ seed: 1 }, client, { frameCount: SHORT_FRAME_COUNT });
      assertWhole(outcome);
      if (client.hasFec !== true) assert.equal(outcome.heard.inPlaceCount, SHORT_FRAME_COUNT);
      assert.equal(Math.max(...outcome.delaysMs), 0);
      assert.equal(filledFrames(outcome), 0);
    }
  });

  test('[HLD9] at 10 % random loss NACK, or RED with two copies, brings 99.5 % of the sound upstream', () => {
    for (const [client, rttMs] of [
      [{ hasNack: true }, 0],
      [{ hasNack: true }, 20],
      [{ hasNack: true }, 30],
      [{ redundantCount: 2 }, 20],
    ] as const) {
      const outcome = simulate(LOSS_10, client, { rttMs });
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

  for (const [repair, client] of Object.entries(CLIENTS)) {
    test(`[HLD9] [HLD10] repaired by ${repair}, no wait outlasts a loss by 200 ms, and what is filled is what did not come`, () => {
      for (const [network, plan] of Object.entries(NETWORKS)) {
        const outcome = simulate(plan, client, { frameCount: SHORT_FRAME_COUNT });
        const { counters, calmDelaysMs, undeliveredCount } = outcome;
        assertWhole(outcome, network);
        const isSpread = network === 'any order within 200 ms' || network.startsWith('a queue');
        assert.ok(isSpread || calmDelaysMs.length >= 5, `${network}: ${calmDelaysMs.length} calm`);
        assert.ok(
          calmDelaysMs.every((delayMs) => delayMs === 0),
          network,
        );
        // What never came, and what came too late.
        const missingCount = undeliveredCount + counters.packetsLate;
        const filledCount = filledFrames(outcome) + counters.packetsRecoveredByFec;
        assert.equal(filledCount, missingCount, network);
      }
    });
  }

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
      const outcome = simulate(network, {}, { frameCount: 500 });
      assert.equal(outcome.heard.inPlaceCount, 500);
      assert.equal(filledFrames(outcome), 0);
      assert.ok(percentile(outcome.delaysMs, 0.95) <= 60);
    }
  });
});
