import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  readSctpChunkAt,
  SCTP_CHUNK,
  SCTP_HEADER_BYTES,
  uint32At,
  writeChecksum,
} from '@prism/protocol';
import { type SctpEnd, SctpPair, seededRandom32, someBytes } from '../testing/sctp-pair.ts';

const MESSAGE_BYTES_MAX = 256 * 1024;

function bytesOf(pair: SctpPair, end: SctpEnd): readonly Uint8Array[] {
  return pair.messages(end).map(({ bytes }) => bytes);
}

/** Messages of all sizes, small ones mostly, in both directions at the same time; answers what each end was sent. */
function exchange(pair: SctpPair, count: number): readonly [Uint8Array[], Uint8Array[]] {
  const random32 = seededRandom32(count);
  const expected: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let index = 0; index < count; index += 1) {
    const from = (random32() & 1) === 0 ? 0 : 1;
    const sizeBytes = 1 + (random32() % (random32() % 20 === 0 ? 20_000 : 400));
    const bytes = someBytes(sizeBytes, index);
    pair.send(from, bytes);
    expected[from === 0 ? 1 : 0].push(bytes);
    pair.advance(random32() % 30);
  }
  return expected;
}

function isSack(bytes: Uint8Array): boolean {
  return readSctpChunkAt(bytes, SCTP_HEADER_BYTES)?.type === SCTP_CHUNK.sack;
}

/** Loses the packet with the first end's DATA chunk of that number, from 0, so many times. */
function losing(dataIndex: number, lossCount: number) {
  let firstTsn: number | undefined;
  let count = 0;
  return (from: SctpEnd, _index: number, bytes: Uint8Array) => {
    const chunk = readSctpChunkAt(bytes, SCTP_HEADER_BYTES);
    if (from !== 0 || chunk?.type !== SCTP_CHUNK.data) return false;
    firstTsn ??= uint32At(chunk.body, 0);
    const isIt = uint32At(chunk.body, 0) === firstTsn + dataIndex && count < lossCount;
    if (isIt) count += 1;
    return isIt;
  };
}

/** The second end's last acknowledgement, but without any room. */
function closedWindow(pair: SctpPair): Uint8Array {
  const bytes = Uint8Array.from(pair.sent[1].findLast(isSack) ?? []);
  bytes.fill(0, SCTP_HEADER_BYTES + 8, SCTP_HEADER_BYTES + 12);
  writeChecksum(bytes);
  return bytes;
}

/** Sends events one by one, and answers how long each took. */
function delaysOf(pair: SctpPair, events: { count: number; periodMs: number }): readonly number[] {
  const startMs = pair.nowMs;
  const delaysMs: number[] = [];
  const note = (endMs: number) => {
    const count = pair.messages(1).length;
    const hasCome = pair.advance(endMs - pair.nowMs, () => pair.messages(1).length > count);
    for (let index = count; index < pair.messages(1).length; index += 1) {
      delaysMs.push(pair.nowMs - startMs - index * events.periodMs);
    }
    return hasCome;
  };
  for (let index = 0; index < events.count; index += 1) {
    pair.send(0, someBytes(200, index));
    while (note(startMs + (index + 1) * events.periodMs));
  }
  while (note(pair.nowMs + 30_000));
  return delaysMs;
}

suite('messages over SCTP', () => {
  test('[SCT4] they arrive once, whole and in order over networks that lose, duplicate and reorder', () => {
    for (const network of [
      { rttMs: 20 },
      { rttMs: 80, lossRatio: 0.05 },
      { rttMs: 80, lossRatio: 0.3, duplicateRatio: 0.2, jitterMs: 60 },
      { rttMs: 500, lossRatio: 0.3, jitterMs: 100 },
      { rttMs: 5, duplicateRatio: 1, jitterMs: 50 },
    ]) {
      for (const seed of [1, 2, 3]) {
        const pair = SctpPair.connected({ seed, ...network });
        const expected = exchange(pair, 150);
        const isAll = () =>
          bytesOf(pair, 0).length === expected[0].length &&
          bytesOf(pair, 1).length === expected[1].length;
        assert.ok(pair.advance(300_000, isAll), JSON.stringify(network));
        pair.advance(30_000);
        for (const end of [0, 1] as const) {
          assert.deepEqual(bytesOf(pair, end), expected[end]);
          assert.equal(pair.ends[end].bufferedBytes, 0);
          assert.equal(pair.ends[end].deadlineMs, undefined);
        }
      }
    }
  });

  test('[SCT4] also where TSNs and the numbers of messages begin anew', () => {
    const wrapping = { random32: () => 0xfffffff0 };
    const options = [wrapping, { random32: () => 0xffffffff }] as const;
    const network = { seed: 9, rttMs: 10, lossRatio: 0.01, options };
    const pair = SctpPair.connected(network);
    const count = 66_000;
    let received = 0;
    for (let index = 0; index < count; index += 1) {
      pair.send(0, Uint8Array.of(index & 0xff, index >> 8, index >> 16));
      if (index % 50 !== 0) continue;
      pair.advance(10);
      for (const { bytes } of pair.messages(1)) {
        assert.equal((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16), received);
        received += 1;
      }
      pair.seen[1].length = 0;
    }
    pair.advance(60_000);
    assert.equal(received + pair.messages(1).length, count);
  });

  test('[SCT1] no packet is longer than 1,160 bytes, and small messages that wait share one', () => {
    const pair = new SctpPair({ seed: 1, rttMs: 20 });
    for (const end of [0, 1] as const) {
      pair.post(end, { type: 'open', streamId: 0, label: 'events', isNegotiated: true });
    }
    for (let index = 0; index < 30; index += 1) pair.send(0, someBytes(100, index));
    pair.send(0, someBytes(MESSAGE_BYTES_MAX));
    for (const end of [0, 1] as const) pair.post(end, { type: 'start' });
    assert.ok(pair.advance(5_000, () => pair.messages(1).length === 31));
    assert.equal(Math.max(...pair.sent.flat().map((bytes) => bytes.length)), 1_160);
    // 30 messages with 16 bytes before each make 3,480 bytes; 1,132 bytes of the long one go into a packet.
    const dataPacketCount = Math.ceil(3_480 / 1_148) + Math.ceil(MESSAGE_BYTES_MAX / 1_132);
    assert.ok(pair.sentCount[0] <= dataPacketCount + 6, `${pair.sentCount[0]}`);
  });

  test('[SCT5] what was lost goes again when what was sent after it has arrived, without a timeout', () => {
    for (const lossCount of [1, 2, 3]) {
      const pair = SctpPair.connected({ seed: 1, rttMs: 200, isLost: losing(2, lossCount) });
      const startMs = pair.nowMs;
      for (let index = 0; index < 100; index += 1) {
        pair.send(0, someBytes(100, index));
        pair.advance(10);
        if (pair.messages(1).length > 2) break;
      }
      // The third message, three later ones 10 ms apart and their acknowledgements; then the way there again.
      const detectedMs = lossCount * (30 + 200);
      assert.ok(pair.nowMs - startMs <= 20 + detectedMs + 100 + 10, `${pair.nowMs - startMs}`);
    }
  });

  test('[SCT5] with little under way fewer acknowledgements are enough', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 200, isLost: losing(0, 1) });
    const sentAtMs = pair.nowMs;
    pair.send(0, someBytes(100, 1));
    pair.send(0, someBytes(100, 2));
    assert.ok(pair.advance(1_000, () => pair.messages(1).length === 2));
    assert.equal(pair.nowMs - sentAtMs, 300);
  });

  test('[SCT5] a lone message that is lost goes again after a timeout of the round trip and four times its variation', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 200, isLost: losing(30, 1) });
    for (let index = 0; index < 30; index += 1) {
      pair.send(0, someBytes(10));
      pair.advance(300);
    }
    pair.send(0, someBytes(10));
    const sentAtMs = pair.nowMs;
    assert.ok(pair.advance(1_000, () => pair.messages(1).length === 31));
    assert.ok(pair.nowMs - sentAtMs < 200 + 20 + 100, `${pair.nowMs - sentAtMs}`);
  });

  test('[SCT5] events on a link with 30 % of loss and a round trip of half a second arrive, most of them soon', () => {
    const delaysMs: number[] = [];
    for (const seed of [1, 2, 3, 4, 5]) {
      const pair = SctpPair.connected({ seed, rttMs: 500, lossRatio: 0.3, jitterMs: 20 });
      delaysMs.push(...delaysOf(pair, { count: 100, periodMs: 100 }));
      // 30 % of loss cost 43 % more packets; some of what goes again was not lost, and some measures the round trip.
      assert.ok(pair.sentCount[0] < 220, `${pair.sentCount[0]}`);
    }
    assert.equal(delaysMs.length, 500);
    delaysMs.sort((a, b) => a - b);
    assert.ok((delaysMs[Math.floor(delaysMs.length / 2)] ?? Infinity) < 2.5 * 500);
    assert.ok((delaysMs[Math.floor(delaysMs.length * 0.95)] ?? Infinity) < 6 * 500);
  });

  test('[SCT5] 256 KiB take no more than 60 round trips with 30 % of loss, and 6 without', () => {
    for (const [lossRatio, roundTripCountMax] of [
      [0.3, 60],
      [0, 6],
    ] as const) {
      const pair = SctpPair.connected({ seed: 7, rttMs: 500, lossRatio });
      const startMs = pair.nowMs;
      const base = pair.sentCount[0];
      pair.send(0, someBytes(MESSAGE_BYTES_MAX));
      assert.ok(pair.advance(500 * roundTripCountMax, () => pair.messages(1).length === 1));
      assert.deepEqual(bytesOf(pair, 1), [someBytes(MESSAGE_BYTES_MAX)]);
      assert.ok(pair.nowMs > startMs);
      // 232 packets carry it, and the first ten go again: the handshake was repeated, and has measured no round trip.
      assert.ok(
        pair.sentCount[0] - base < (lossRatio > 0 ? 400 : 246),
        `${pair.sentCount[0] - base}`,
      );
    }
  });

  test('[SCT5] no more is under way than ten packets at first, and twice as much after each round trip', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 100 });
    const counts: number[] = [];
    let before = pair.sentCount[0];
    pair.send(0, someBytes(MESSAGE_BYTES_MAX));
    for (let round = 0; round < 4; round += 1) {
      counts.push(pair.sentCount[0] - before);
      before = pair.sentCount[0];
      pair.advance(100);
    }
    assert.deepEqual(counts, [10, 20, 40, 80]);
  });

  test('[SCT6] data is acknowledged at every second packet, within 40 ms, and at once at gaps or where that is asked for', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.send(0, someBytes(100));
    pair.advance(10);
    const before = pair.sent[1].filter(isSack).length;
    pair.send(0, someBytes(MESSAGE_BYTES_MAX));
    pair.advance(2_000);
    const dataPacketCount = Math.ceil(MESSAGE_BYTES_MAX / 1_132);
    const sackCount = pair.sent[1].filter(isSack).length - before;
    assert.ok(
      sackCount >= dataPacketCount / 2 - 1 && sackCount < dataPacketCount * 0.6,
      `${sackCount}`,
    );
  });

  test('[SCT6] the number of packets that events take: one each, and one acknowledgement each at most', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    const base = [...pair.sentCount];
    for (let index = 0; index < 1_000; index += 1) {
      pair.send(0, someBytes(300, index));
      pair.advance(5);
    }
    pair.advance(100);
    assert.equal(pair.messages(1).length, 1_000);
    assert.equal(pair.sentCount[0] - (base[0] ?? 0), 1_000);
    assert.ok(pair.sentCount[1] - (base[1] ?? 0) <= 1_000);
  });

  test('[SCT7] a receiver with little room is not sent more than it takes, and gets everything', () => {
    const options = [{}, { receiveBufferBytesMax: 4_000, messageBytesMax: 3_000 }] as const;
    const network = { seed: 3, rttMs: 50, lossRatio: 0.1, jitterMs: 20, options };
    const pair = SctpPair.connected(network);
    const expected = Array.from({ length: 100 }, (_, index) => someBytes(2_500, index));
    for (const bytes of expected) pair.send(0, bytes);
    assert.ok(pair.advance(120_000, () => pair.messages(1).length === 100));
    assert.deepEqual(bytesOf(pair, 1), expected);
  });

  test('[SCT7] at a closed window one chunk asks for it to open, and the rest follows when it does', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.send(0, someBytes(10));
    pair.advance(100);
    pair.post(0, { type: 'packet', bytes: closedWindow(pair) });
    const base = pair.sentCount[0];
    for (let index = 0; index < 40; index += 1) pair.send(0, someBytes(1_000, index));
    assert.equal(pair.sentCount[0] - base, 1);
    assert.ok(pair.advance(1_000, () => pair.messages(1).length === 41));
  });

  test('[SCT8] a message beyond what is queued, or what the peer takes, is refused by name', () => {
    const options = [{ sendQueueBytesMax: 10_000, remoteMessageBytesMax: 4_000 }, {}] as const;
    const pair = SctpPair.connected({ seed: 1, rttMs: 20, options });
    pair.isCut = true;
    pair.send(0, someBytes(4_001));
    for (let index = 0; index < 3; index += 1) pair.send(0, someBytes(4_000));
    pair.send(0, someBytes(2_000));
    const refusals = pair.seen[0].filter((effect) => effect.type === 'refused');
    assert.deepEqual(
      refusals.map(({ reason }) => reason),
      ['message_too_large', 'queue_full'],
    );
    pair.isCut = false;
    assert.ok(pair.advance(10_000, () => pair.messages(1).length === 3));
    pair.advance(100);
    pair.send(0, someBytes(4_000));
    assert.ok(
      pair.advance(1_000, () => pair.messages(1).length === 4),
      'there is room again',
    );
  });

  test('[SCT8] what waits is counted', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.send(0, someBytes(100_000));
    assert.equal(pair.ends[0].bufferedBytes, 100_000 - 10 * 1_132);
    pair.advance(1_000);
    assert.equal(pair.ends[0].bufferedBytes, 0);
  });
});
