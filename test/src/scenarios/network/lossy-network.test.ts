import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { MediaStats } from '@prism/core';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import { ANSWER_LEAD_PACKETS } from '../../harness/network/coded-call.ts';
import { type Heard, hear, joinPcm } from '../../harness/network/coded-ear.ts';
import { FRAME_SAMPLES, SILENT_FRAMES } from '../../harness/network/coded-microphone.ts';
import { codedSound } from '../../harness/network/coded-sound.ts';
import { ImpairedCall } from '../../harness/network/impaired-call.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import type { StreamTally } from '../../harness/network/packet-ledger.ts';
import { type PrismUnderTest, startPrism } from '../../harness/prism-under-test.ts';

/** Frames said and frames answered on each network: five seconds, 250 packets. */
const FRAME_COUNT = 250;

/** Both ways. Without repair: the client offers neither RED nor NACK, and its packets carry no FEC. */
const NETWORKS = {
  clean: { seed: 1 },
  'loss of 5 %': { seed: 5, lossRatio: 0.05 },
  'loss of 15 %': { seed: 15, lossRatio: 0.15 },
  'loss of 30 %': { seed: 30, lossRatio: 0.3 },
  'bursts of 3': { seed: 3, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } },
  duplicates: { seed: 2, duplicateRatio: 0.2 },
  'a queue of up to 200 ms': { seed: 8, jitterMs: 200, keepsOrder: true },
  'reordering of 20 %': { seed: 4, reorderRatio: 0.2, reorderCount: 1 },
} satisfies Record<string, ImpairmentPlan>;

interface Outcome {
  readonly up: Heard;
  readonly down: Heard;
  readonly upStream: StreamTally;
  readonly downStream: StreamTally;
  /** Different packets of the answer that the client had at last. */
  readonly answerCount: number;
  readonly appendedSamples: number;
  /** What Prism counted. */
  readonly counted: MediaStats;
}

suite('audio over networks that lose packets', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;
  const outcomes = new Map<string, Outcome>();

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'openai',
      upstreamApiKey: 'sk-test-upstream',
      upstreamBaseUrl: upstream.baseUrl,
    });
    const calls: (readonly [name: string, call: ImpairedCall])[] = [];
    for (const [name, plan] of Object.entries(NETWORKS)) {
      const call = await ImpairedCall.connect(server, upstream);
      call.impair(plan);
      calls.push([name, call]);
    }
    codedSound(FRAME_COUNT);
    const ended = await Promise.all(
      calls.map(async ([name, call]) => [name, await conversation(call)] as const),
    );
    // Only now: listening takes longer than a packet lasts, and the others' packets would wait for it.
    for (const [name, hearIt] of ended) outcomes.set(name, hearIt());
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  /** Both sides talk at once, and each hears what the network and Prism leave of it. */
  async function conversation(call: ImpairedCall): Promise<() => Outcome> {
    const [microphone] = await Promise.all([
      call.speak({ frameCount: FRAME_COUNT }),
      call.answer(FRAME_COUNT),
    ]);
    const packetsSeen = (): number => call.proxy.ledger('up').streams()[0]?.packetCount ?? 0;
    await eventually('the last packet', () => packetsSeen() === microphone.sentAtMs.length);
    const { downStream, answerCount } = await eventually('what is left of the answer', () => {
      const [stream] = call.proxy.ledger('down').streams();
      if (stream === undefined) return undefined;
      const { receivedCount } = call.ear;
      const isAll = receivedCount >= stream.packetCount - stream.lostOffsets.length;
      return isAll ? { downStream: stream, answerCount: receivedCount } : undefined;
    });
    const [upStream] = call.proxy.ledger('up').streams();
    assert.ok(upStream !== undefined);
    const cameSamples = spanOfArrived(upStream) * FRAME_SAMPLES;
    await eventually('all that came', () => call.session.appendedSamples >= cameSamples);
    assert.equal(call.proxy.overflowCount, 0);
    const counted = await call.end();
    assert.ok(counted);
    return () => {
      const up = hear(joinPcm(call.session.appended), FRAME_COUNT);
      const down = hear(call.ear.sound(), FRAME_COUNT);
      const { appendedSamples } = call.session;
      return { up, down, upStream, downStream, answerCount, appendedSamples, counted };
    };
  }

  function outcomeOf(name: keyof typeof NETWORKS): Outcome {
    const outcome = outcomes.get(name);
    assert.ok(outcome, name);
    return outcome;
  }

  /** Coded frames that travelled in packets of the stream which never arrived, with so many packets before them. */
  function lostFrames({ lostOffsets }: StreamTally, leadPackets: number): number[] {
    return lostOffsets
      .map((offset) => offset - leadPackets)
      .filter((frame) => frame >= 0 && frame < FRAME_COUNT);
  }

  /** Packets from the first that arrived to the last. */
  function spanOfArrived({ lastOffset, lostOffsets }: StreamTally): number {
    const arrived = Array.from({ length: lastOffset + 1 }, (_, offset) => offset).filter(
      (offset) => !lostOffsets.includes(offset),
    );
    return (arrived.at(-1) ?? 0) - (arrived[0] ?? 0) + 1;
  }

  function isLossy(name: string): boolean {
    return name.startsWith('loss') || name.startsWith('bursts');
  }

  test('[NET2] on a clean network every frame arrives once, in order and at its place, both ways', () => {
    const { up, down, counted } = outcomeOf('clean');
    assert.equal(up.inPlaceCount, FRAME_COUNT);
    assert.equal(up.repeatedCount, 0);
    for (const heard of [up, down]) {
      assert.equal(heard.frames.length, FRAME_COUNT);
      assert.equal(heard.disorderedCount, 0);
    }
    assert.equal(counted.inbound.concealedSamples, 0);
  });

  test('[NET3] without repair exactly what was lost is missing upstream, and all else is at its place', () => {
    for (const [name, { up, upStream }] of outcomes) {
      const lost = new Set(lostFrames(upStream, SILENT_FRAMES));
      assert.equal(lost.size > 0, isLossy(name), name);
      const arrived = Array.from({ length: FRAME_COUNT }, (_, frame) => frame).filter(
        (frame) => !lost.has(frame),
      );
      const unheard = arrived.filter((frame) => !up.frames.includes(frame));
      assert.deepEqual(unheard, [], `${name}: arrived and not heard`);
      // Concealment may carry a code on into the time of its lost neighbour; it has no other to give.
      assert.ok(up.inPlaceCount >= arrived.length, `${name}: ${up.inPlaceCount} in place`);
    }
  });

  test('[NET4] what is counted as concealed is what was lost, to one in a hundred', () => {
    for (const [name, { upStream, counted, appendedSamples }] of outcomes) {
      const inner = upStream.lostOffsets.filter((offset) => offset < upStream.lastOffset);
      const lostSamples = inner.length * FRAME_SAMPLES;
      const { concealedSamples, silenceSamples } = counted.inbound;
      assert.ok(
        Math.abs(concealedSamples + silenceSamples - lostSamples) <= lostSamples / 100,
        `${name}: ${concealedSamples} and ${silenceSamples} samples filled, ${lostSamples} lost`,
      );
      assert.ok(appendedSamples >= (upStream.packetCount - 2) * FRAME_SAMPLES, name);
    }
  });

  test('[NET5] without repair what was lost of an answer is all that its listener lacks', () => {
    for (const [name, { down, downStream, answerCount }] of outcomes) {
      const cameCount = downStream.packetCount - downStream.lostOffsets.length;
      assert.equal(answerCount, cameCount, name);
      const lost = lostFrames(downStream, ANSWER_LEAD_PACKETS);
      const heardCount = down.frames.length;
      // The packet after a lost one may be spoiled with it: its decoder begins with the wrong state.
      const atLeast = FRAME_COUNT - lost.length * 1.1;
      assert.ok(heardCount >= atLeast, `${name}: ${heardCount} heard, ${lost.length} lost`);
      assert.equal(down.disorderedCount, 0, name);
    }
  });
});
