import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { MediaStats } from '@prism/core';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import type { CallPlan } from '../../harness/network/coded-call.ts';
import { type Heard, hear, joinPcm } from '../../harness/network/coded-ear.ts';
import {
  FRAME_SAMPLES,
  type MicrophonePlan,
  SILENT_FRAMES,
} from '../../harness/network/coded-microphone.ts';
import { codedSound } from '../../harness/network/coded-sound.ts';
import { ImpairedCall } from '../../harness/network/impaired-call.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import type { StreamTally } from '../../harness/network/packet-ledger.ts';
import { PrismProcess } from '../../harness/prism-process.ts';

/** Frames said and frames answered on each network: ten seconds. */
const FRAME_COUNT = 500;

/** The round trip of every network. */
const ONE_WAY_MS = 10;

const LOSS_10 = { seed: 10, lossRatio: 0.1 };
const BURSTS = { seed: 3, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } };

interface Case {
  readonly network: ImpairmentPlan;
  readonly offers: CallPlan;
  readonly microphone: Omit<MicrophonePlan, 'frameCount'>;
}

const RED_2 = { offers: { red: true }, microphone: { redundantCount: 2 } } as const;
const NACK = { offers: { nack: true }, microphone: { answersNacks: true } } as const;
const NOTHING = { offers: {}, microphone: {} } as const;

/** Each both ways, each client with reports. */
const CASES = {
  'loss of 10 %, RED': { network: LOSS_10, ...RED_2 },
  'loss of 10 %, NACK': { network: LOSS_10, ...NACK },
  'bursts of 3, RED': { network: BURSTS, ...RED_2 },
  'bursts of 3, NACK': { network: BURSTS, ...NACK },
  'a queue of up to 200 ms': { network: { seed: 8, jitterMs: 200, keepsOrder: true }, ...NOTHING },
  'reordering of 20 %': { network: { seed: 4, reorderRatio: 0.2, reorderCount: 1 }, ...NOTHING },
} satisfies Record<string, Case>;

const NOTHING_YET = { packetCount: Number.POSITIVE_INFINITY, lostOffsets: [] };

interface Outcome {
  readonly up: Heard;
  readonly upStream: StreamTally;
  readonly downStream: StreamTally;
  /** Different packets of the answer that the client had at last. */
  readonly answerCount: number;
  readonly counted: MediaStats;
}

suite('audio over networks that lose packets, repaired', () => {
  let upstream: FakeUpstream;
  let prism: PrismProcess;
  const outcomes = new Map<string, Outcome>();

  before(async () => {
    upstream = await FakeUpstream.start();
    // In a process of its own, so that neither side's pauses are in the round trip twice.
    const served = await PrismProcess.serve({
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: upstream.baseUrl,
      OPENAI_API_KEY: 'sk-test-upstream',
      PRISM_LOG_FORMAT: 'json',
    });
    prism = served.prism;
    const server = {
      url: served.url,
      get log() {
        return served.prism.log;
      },
    };
    codedSound(FRAME_COUNT);
    // Code that runs for the first time stands in the way of packets for longer than they are waited for.
    const warmUp = await ImpairedCall.connect(server, upstream, { reports: true });
    await Promise.all([warmUp.speak({ frameCount: 25 }), warmUp.answer(25)]);
    await warmUp.end();
    const calls = new Map<string, ImpairedCall>();
    for (const [name, { network, offers }] of Object.entries<Case>(CASES)) {
      const call = await ImpairedCall.connect(server, upstream, { ...offers, reports: true });
      call.impair({ delayMs: ONE_WAY_MS, ...network });
      calls.set(name, call);
    }
    const ended = await Promise.all(
      Object.entries<Case>(CASES).map(async ([name, { microphone }]) => {
        const call = calls.get(name);
        assert.ok(call);
        return [name, await conversation(call, microphone)] as const;
      }),
    );
    // Only now: listening takes longer than a packet lasts, and the others' packets would wait for it.
    for (const [name, hearIt] of ended) outcomes.set(name, hearIt());
  });

  after(async () => {
    await prism.stop();
    await upstream.close();
  });

  async function conversation(
    call: ImpairedCall,
    plan: Case['microphone'],
  ): Promise<() => Outcome> {
    await Promise.all([call.speak({ frameCount: FRAME_COUNT, ...plan }), call.answer(FRAME_COUNT)]);
    const saidSamples = (FRAME_COUNT + SILENT_FRAMES) * FRAME_SAMPLES;
    await eventually('all that was said', () => call.session.appendedSamples >= saidSamples);
    await eventually('what is left of the answer', () => {
      const [{ packetCount, lostOffsets } = NOTHING_YET] = call.proxy.ledger('down').streams();
      return call.ear.receivedCount >= packetCount - lostOffsets.length;
    });
    const [upStream] = call.proxy.ledger('up').streams();
    const [downStream] = call.proxy.ledger('down').streams();
    assert.ok(upStream !== undefined && downStream !== undefined);
    assert.equal(call.proxy.overflowCount, 0);
    const { receivedCount } = call.ear;
    const counted = await call.end();
    assert.ok(counted);
    return () => {
      const up = hear(joinPcm(call.session.appended), FRAME_COUNT);
      return { up, upStream, downStream, answerCount: receivedCount, counted };
    };
  }

  function outcomeOf(name: keyof typeof CASES): Outcome {
    const outcome = outcomes.get(name);
    assert.ok(outcome, name);
    return outcome;
  }

  /** Packets that neither came nor have a copy in one of the two behind them. */
  function beyondRed({ lostOffsets }: StreamTally): readonly number[] {
    const lost = new Set(lostOffsets);
    return lostOffsets.filter((offset) => lost.has(offset + 1) && lost.has(offset + 2));
  }

  function missingFrames({ up }: Outcome): readonly number[] {
    const heard = new Set(up.frames);
    return Array.from({ length: FRAME_COUNT }, (_, frame) => frame).filter(
      (frame) => !heard.has(frame),
    );
  }

  test('[NET11] with two copies of each packet only runs of three losses cost a frame, and just those', () => {
    for (const [name, leastRatio] of [
      ['loss of 10 %, RED', 0.995],
      ['bursts of 3, RED', 0.98],
    ] as const) {
      const outcome = outcomeOf(name);
      const { upStream, counted } = outcome;
      assert.ok(upStream.lostOffsets.length > 0, name);
      const beyond = beyondRed(upStream).filter((offset) => offset < upStream.lastOffset - 1);
      const frames = beyond.map((offset) => offset - SILENT_FRAMES);
      assert.deepEqual(missingFrames(outcome), frames, name);
      assert.ok(outcome.up.inPlaceCount >= leastRatio * FRAME_COUNT, name);
      assert.equal(counted.inbound.packetsGivenUp, beyond.length, name);
    }
    assert.equal(outcomeOf('loss of 10 %, RED').counted.outbound.protection, 'red');
  });

  test('[NET12] of packets asked for again by NACK nearly all come back, both ways', () => {
    for (const [name, leastRatio] of [
      ['loss of 10 %, NACK', 0.995],
      ['bursts of 3, NACK', 0.98],
    ] as const) {
      const { up, upStream, downStream, answerCount, counted } = outcomeOf(name);
      const lostCount = upStream.firstLostOffsets.length;
      const answerLostCount = downStream.firstLostOffsets.length;
      assert.ok(lostCount > 10 && answerLostCount > 10, name);
      assert.ok(up.inPlaceCount >= leastRatio * FRAME_COUNT, JSON.stringify({ name, counted }));
      assert.ok(answerCount >= leastRatio * downStream.packetCount, `${name}: ${answerCount}`);
    }
  });

  test('[NET13] what only comes late or out of order arrives whole, both ways', () => {
    for (const name of ['a queue of up to 200 ms', 'reordering of 20 %'] as const) {
      const { up, downStream, answerCount, counted } = outcomeOf(name);
      assert.equal(up.inPlaceCount, FRAME_COUNT, name);
      assert.equal(answerCount, downStream.packetCount, name);
      assert.equal(counted.inbound.concealedSamples + counted.inbound.silenceSamples, 0, name);
    }
    assert.ok(outcomeOf('reordering of 20 %').counted.inbound.packetsReordered > 0);
  });

  test('[NET14] whatever repaired the rest, what is concealed is what did not arrive, to one in a hundred', () => {
    for (const [name, outcome] of outcomes) {
      const { concealedSamples, silenceSamples } = outcome.counted.inbound;
      const filled = (concealedSamples + silenceSamples) / FRAME_SAMPLES;
      const missing = missingFrames(outcome).length;
      assert.ok(Math.abs(filled - missing) <= FRAME_COUNT / 100, `${name}: ${filled}, ${missing}`);
    }
  });

  test("[NET12] the server knows the round trip by the client's reports", () => {
    for (const [name, { counted }] of outcomes)
      assert.ok((counted.rttMs ?? 0) >= 2 * ONE_WAY_MS - 1, `${name}: ${counted.rttMs} ms`);
  });
});
