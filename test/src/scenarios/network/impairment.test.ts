import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import {
  type Fate,
  type ImpairedPacket,
  Impairment,
  type ImpairmentPlan,
} from '../../harness/network/impairment.ts';
import { kindOf } from '../../harness/network/packet-kind.ts';
import { PacketLedger } from '../../harness/network/packet-ledger.ts';

const PACKET_COUNT = 20_000;

function packet(offset: number, attempt = 0): ImpairedPacket {
  return { kind: 'rtp', streamId: 7, offset, attempt, sizeBytes: 100 };
}

function fates(plan: ImpairmentPlan, offsets: readonly number[]): Fate[] {
  const impairment = new Impairment(plan);
  return offsets.map((offset) => impairment.fate(packet(offset), offset * 20));
}

const OFFSETS = Array.from({ length: PACKET_COUNT }, (_, index) => index);

/** Lengths of the runs of lost packets. */
function lossRuns(all: readonly Fate[]): number[] {
  const runs: number[] = [];
  let length = 0;
  for (const { delaysMs } of all) {
    if (delaysMs.length === 0) length += 1;
    else if (length > 0) {
      runs.push(length);
      length = 0;
    }
  }
  return runs;
}

function rtp(sequenceNumber: number): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES);
  writeRtpHeader(bytes, {
    payloadType: 111,
    ssrc: 7,
    hasMarker: false,
    sequenceNumber,
    timestamp: 0,
  });
  return bytes;
}

suite('the network between', () => {
  test('[NET1] a packet meets the same fate whenever it comes, and another one with another seed', () => {
    const plan = { seed: 1, lossRatio: 0.2, jitterMs: 50, reorderRatio: 0.1, duplicateRatio: 0.1 };
    const forward = fates(plan, OFFSETS);
    assert.deepEqual(fates(plan, OFFSETS.toReversed()).toReversed(), forward);
    assert.notDeepEqual(fates({ ...plan, seed: 2 }, OFFSETS), forward);
  });

  test('[NET1] shares are what the plan says, within half a hundredth', () => {
    const all = fates(
      { seed: 9, lossRatio: 0.1, reorderRatio: 0.2, reorderCount: 2, duplicateRatio: 0.3 },
      OFFSETS,
    );
    const passed = all.filter(({ delaysMs }) => delaysMs.length > 0);
    const share = (count: number, of: number): number => count / of;
    assert.ok(Math.abs(share(all.length - passed.length, all.length) - 0.1) < 0.005);
    const twice = passed.filter(({ delaysMs }) => delaysMs.length === 2).length;
    assert.ok(Math.abs(share(twice, passed.length) - 0.3) < 0.01);
    const held = passed.filter(({ overtakenByCount }) => overtakenByCount === 2).length;
    assert.ok(Math.abs(share(held, passed.length) - 0.2) < 0.01);
  });

  test('[NET1] bursts have the length and the share that the plan says', () => {
    const all = fates({ seed: 4, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } }, OFFSETS);
    const runs = lossRuns(all);
    const lostCount = runs.reduce((sum, length) => sum + length, 0);
    assert.ok(Math.abs(lostCount / PACKET_COUNT - 0.05) < 0.006, `${lostCount} lost`);
    assert.ok(Math.abs(lostCount / runs.length - 3) < 0.3, `${lostCount / runs.length} long`);
  });

  test('[NET1] a retransmission meets a fate of its own, in a burst that of the newest packet', () => {
    const random = new Impairment({ seed: 5, lossRatio: 0.5 });
    const first = OFFSETS.map((offset) => random.fate(packet(offset), 0).delaysMs.length);
    const second = OFFSETS.map((offset) => random.fate(packet(offset, 1), 0).delaysMs.length);
    assert.notDeepEqual(second, first);
    const burst = new Impairment({ seed: 5, burst: { enterRatio: 0.1, leaveRatio: 0.3 } });
    for (const offset of OFFSETS.slice(3)) {
      const newest = burst.fate(packet(offset), 0);
      assert.deepEqual(burst.fate(packet(offset - 3, 1), 0), newest);
    }
  });

  test('[NET1] a queue with jitter keeps the order, a bottleneck delays and then loses', () => {
    const queue = new Impairment({ seed: 6, jitterMs: 200, keepsOrder: true });
    let lastMs = 0;
    for (const offset of OFFSETS.slice(0, 1_000)) {
      const [delayMs = Number.NaN] = queue.fate(packet(offset), offset * 20).delaysMs;
      assert.ok(delayMs < 200 + 1e-6);
      assert.ok(offset * 20 + delayMs >= lastMs);
      lastMs = offset * 20 + delayMs;
    }
    // 100 bytes take 100 ms; three of them find room.
    const narrow = new Impairment({ seed: 6, rateBitsPerSecond: 8_000, queueBytesMax: 300 });
    const delays = [0, 1, 2, 3].map((offset) => narrow.fate(packet(offset), 0).delaysMs);
    assert.deepEqual(delays, [[100], [200], [300], []]);
  });

  test('[NET1] blackouts and kinds are those of the plan', () => {
    const impairment = new Impairment({ seed: 1, blackouts: [{ fromOffset: 2, toOffset: 4 }] });
    const passes = [0, 1, 2, 3, 4].map((offset) => impairment.fate(packet(offset), 0).delaysMs);
    assert.deepEqual(passes, [[0], [0], [], [], [0]]);
    assert.deepEqual(impairment.fate({ ...packet(2), kind: 'stun' }, 0).delaysMs, [0]);
    const all = new Impairment({ seed: 1, lossRatio: 1, kinds: ['stun', 'dtls', 'rtp', 'rtcp'] });
    for (const kind of ['stun', 'dtls', 'rtp', 'rtcp'] as const)
      assert.deepEqual(all.fate({ ...packet(0), kind }, 0).delaysMs, []);
  });

  test('[NET1] the ledger knows each packet by its sequence number, across the wrap and out of order', () => {
    const ledger = new PacketLedger();
    const passes = new Map([
      [65_534, [1]],
      [65_535, [0, 1]],
      [1, [0]],
      [0, [1]],
      [2, [0, 0]],
      [3, [2]],
    ]);
    for (const [sequenceNumber, copyCounts] of passes) {
      for (const copyCount of copyCounts)
        ledger.decided(ledger.arrived(rtp(sequenceNumber)), copyCount);
    }
    assert.deepEqual(ledger.streams(), [
      {
        ssrc: 7,
        packetCount: 6,
        repeatedCount: 2,
        firstLostOffsets: [1, 3, 4],
        lostOffsets: [3, 4],
        lastOffset: 5,
      },
    ]);
    assert.equal(ledger.count('rtp'), 8);
  });

  test('[NET1] packets are told apart by their first two bytes', () => {
    const kinds = [[0, 1], [22, 254], [63], [0x80, 111], [0x80, 200], [0xff], []].map((head) => {
      const bytes = new Uint8Array(head.length === 0 ? 0 : 20);
      bytes.set(head);
      return kindOf(bytes);
    });
    assert.deepEqual(kinds, ['stun', 'dtls', 'dtls', 'rtp', 'rtcp', 'other', 'other']);
  });
});
