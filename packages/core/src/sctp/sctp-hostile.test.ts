import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  readSctpCauses,
  readSctpChunkAt,
  SCTP_CHUNK,
  SCTP_DATA_FLAG,
  writeChecksum,
  writeOutgoingReset,
  writeSctpForwardTsn,
  writeSctpSack,
} from '@prism/protocol';
import { firstChunk, forgedPacket, tagOf } from '../testing/forged-packet.ts';
import { SctpPair, seededRandom32, someBytes } from '../testing/sctp-pair.ts';
import { Victim } from '../testing/sctp-victim.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { SctpAssociation } from './sctp-association.ts';
import { INBOUND_STREAM_COUNT_MAX } from './sctp-contract.ts';

const { data, sack, abort, forwardTsn, heartbeat, heartbeatAck, error, reConfig } = SCTP_CHUNK;
const NOW = 1_000_000 as MonotonicMs;

suite('SCTP and what it must not believe', () => {
  test('[SCT12] packets with a wrong checksum, tag or port, or cut short, change nothing and are counted', () => {
    const victim = new Victim();
    const good = forgedPacket(victim.tag, [{ type: abort }]);
    const post = (bytes: Uint8Array) => victim.pair.post(0, { type: 'packet', bytes });
    const changed = (at: number) => {
      const bytes = good.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    for (const at of [8, 12, 15]) post(changed(at));
    const wrongPort = changed(3);
    writeChecksum(wrongPort);
    post(wrongPort);
    post(good.subarray(0, 11));
    post(new Uint8Array(0));
    post(forgedPacket(victim.tag ^ 1, [{ type: abort }]));
    post(forgedPacket(victim.tag, [{ type: abort, flags: 1 }]));
    post(forgedPacket(0, [{ type: abort }]));
    post(forgedPacket(0, [{ type: SCTP_CHUNK.init, body: new Uint8Array(16) }, { type: abort }]));
    assert.equal(victim.closeReason, undefined);
    assert.equal(victim.pair.sent[0].length, victim.pair.sentCount[0]);
    assert.deepEqual(victim.pair.ends[0].counters, {
      brokenPacketCount: 6,
      strangePacketCount: 4,
      brokenChunkCount: 0,
      droppedDataCount: 0,
    });
    post(good);
    assert.equal(victim.closeReason, 'peer_aborted');
    assert.equal(victim.pair.ends[0].deadlineMs, undefined);
  });

  test('[SCT12] an ABORT with the tag that this end sends to is its peer that knows nothing of it', () => {
    const victim = new Victim();
    const tag = tagOf(victim.pair.sent[0].at(-1));
    const bytes = forgedPacket(tag, [{ type: abort, flags: 1 }]);
    victim.pair.post(0, { type: 'packet', bytes });
    assert.equal(victim.closeReason, 'peer_aborted');
  });

  test('[SCT12] lengths that lie end the reading of a packet', () => {
    const victim = new Victim();
    for (const [at, value] of [
      [15, 3],
      [15, 0],
      [14, 0xff],
    ] as const) {
      const bytes = forgedPacket(victim.tag, [{ type: heartbeat }, { type: abort }]);
      bytes[at] = value;
      writeChecksum(bytes);
      victim.pair.post(0, { type: 'packet', bytes });
    }
    assert.equal(victim.closeReason, undefined);
    assert.equal(victim.pair.ends[0].counters.brokenChunkCount, 3);
  });

  test('[SCT13] a chunk of an unknown type is passed over or ends the reading, and is reported where it asks for that', () => {
    for (const [type, isReadOn, isReported] of [
      [0x3f, false, false],
      [0x7f, false, true],
      [0xbf, true, false],
      [0xff, true, true],
    ] as const) {
      const victim = new Victim();
      victim.answers();
      const unknown = { type, body: someBytes(500) };
      victim.give(unknown, unknown, { type: heartbeat, body: someBytes(8) });
      const types = victim.pair.sent[0]
        .flatMap((bytes) => [firstChunk(bytes), readSctpChunkAt(bytes, 12 + 4 + 4 + 4 + 64)])
        .map((chunk) => chunk?.type);
      assert.equal(types.includes(heartbeatAck), isReadOn, `${type}`);
      assert.equal(types.filter((sent) => sent === error).length, isReported ? 1 : 0);
      if (isReported)
        assert.deepEqual(readSctpCauses(victim.answers()[0]?.body ?? new Uint8Array(0)), [6]);
    }
  });

  test('[SCT13] a HEARTBEAT gets its content back, once', () => {
    const victim = new Victim();
    victim.answers();
    victim.give({ type: heartbeat, body: someBytes(40) });
    assert.deepEqual(victim.answers(), [{ type: heartbeatAck, flags: 0, body: someBytes(40) }]);
  });

  test('[SCT7] a message longer than may be ends the association, in fragments as well', () => {
    const victim = new Victim({ options: [{ messageBytesMax: 3_000 }, {}] });
    const first = victim.nextTsn;
    victim.give(victim.dataChunk({ flags: SCTP_DATA_FLAG.begin, sizeBytes: 1_000 }));
    victim.give(victim.dataChunk({ flags: 0, tsn: first + 1, sizeBytes: 1_000 }));
    victim.give(victim.dataChunk({ flags: 0, tsn: first + 2, sizeBytes: 1_000 }));
    assert.equal(victim.closeReason, undefined);
    victim.give(victim.dataChunk({ flags: SCTP_DATA_FLAG.end, tsn: first + 3, sizeBytes: 1 }));
    assert.equal(victim.closeReason, 'message_too_large');
    assert.equal(victim.answers().at(-1)?.type, abort);
  });

  test('[SCT12] fragments that can not be of one message end the association', () => {
    for (const fields of [{ streamId: 1 }, { ssn: 1 }, { flags: SCTP_DATA_FLAG.unordered }]) {
      const victim = new Victim();
      victim.give(victim.dataChunk({ flags: SCTP_DATA_FLAG.begin }));
      victim.give(victim.dataChunk({ flags: 0, tsn: victim.nextTsn + 1, ...fields }));
      assert.equal(victim.closeReason, 'protocol_violation');
    }
  });

  test('[SCT7] what is held is bounded: fragments of messages that never end', () => {
    const victim = new Victim();
    victim.pair.sent[0].length = 0;
    for (let index = 1; index < 60_000; index += 2) {
      victim.give(victim.dataChunk({ flags: 0, tsn: victim.nextTsn + index, sizeBytes: 1 }));
      victim.pair.sent[0].length = 0;
    }
    assert.equal(victim.closeReason, undefined);
    const { droppedDataCount } = victim.pair.ends[0].counters;
    // Each counts 129 bytes of the 1 MiB.
    assert.equal(30_000 - droppedDataCount, Math.floor((1024 * 1024) / 129) + 1);
  });

  test('[SCT7] what is held is bounded: messages whose turn never comes', () => {
    const victim = new Victim();
    let count = 0;
    for (; victim.closeReason === undefined && count < 30_000; count += 1) {
      victim.give(
        victim.dataChunk({ tsn: victim.nextTsn + count, ssn: 1 + count, sizeBytes: 100 }),
      );
      victim.pair.sent[0].length = 0;
    }
    assert.equal(victim.closeReason, 'protocol_violation');
    assert.ok(count * 228 < 1024 * 1024 + 256 * 1024 + 1_000);
  });

  test('[SCT7] what is held is bounded: one stream after the other', () => {
    const victim = new Victim();
    for (let streamId = 0; streamId < 3_000; streamId += 1) {
      victim.give(victim.dataChunk({ tsn: victim.nextTsn + streamId, streamId }));
    }
    const { droppedDataCount } = victim.pair.ends[0].counters;
    assert.equal(droppedDataCount, 3_000 - INBOUND_STREAM_COUNT_MAX);
    assert.ok(victim.answers().some((chunk) => chunk?.type === error));
    assert.equal(victim.closeReason, undefined);
  });

  test('[SCT12] acknowledgements of what was never sent, and old ones, change nothing', () => {
    const victim = new Victim();
    victim.pair.send(0, someBytes(100));
    const sent = firstChunk(victim.pair.sent[0].at(-1));
    const tsn = Buffer.from(sent?.body ?? []).readUInt32BE(0);
    for (const cumulativeTsn of [tsn + 1, tsn + 100_000, tsn - 2, tsn + 2 ** 31]) {
      const fields = {
        windowBytes: 0,
        gapBlocks: [{ startOffset: 2, endOffset: 65_535 }],
        duplicateTsns: [],
      };
      victim.give({ type: sack, body: writeSctpSack({ cumulativeTsn, ...fields }, 100) });
    }
    victim.pair.isCut = false;
    assert.ok(victim.pair.advance(1_000, () => victim.pair.messages(1).length === 1));
    assert.equal(victim.pair.ends[0].counters.brokenChunkCount, 4);
  });

  test('[SCT12] DATA without payload is reported, FORWARD TSN and resets of anything are survived', () => {
    const victim = new Victim();
    victim.answers();
    victim.give({ type: data, flags: 3, body: new Uint8Array(12) });
    assert.equal(victim.answers()[0]?.type, error);
    const skipped = Array.from({ length: 250 }, (_, streamId) => ({
      streamId,
      ssn: 65_535 - streamId,
    }));
    for (const newCumulativeTsn of [
      victim.nextTsn + 5,
      victim.nextTsn - 9,
      victim.nextTsn + 40_000,
    ]) {
      victim.give({ type: forwardTsn, body: writeSctpForwardTsn({ newCumulativeTsn, skipped }) });
    }
    for (const requestNumber of [victim.nextTsn, victim.nextTsn + 1, 7]) {
      const request = {
        requestNumber,
        responseNumber: 1,
        lastTsn: requestNumber * 3,
        streamIds: [],
      };
      victim.give({ type: reConfig, body: writeOutgoingReset(request) });
    }
    victim.give(
      { type: forwardTsn, body: new Uint8Array(3) },
      { type: sack, body: new Uint8Array(3) },
    );
    assert.equal(victim.closeReason, undefined);
  });

  test('[SCT12] a million damaged bytes: never an exception, nothing grows, and what is right is still taken', () => {
    for (const seed of [1, 2, 3, 4]) {
      const random32 = seededRandom32(seed);
      const pair = SctpPair.connected({ seed, rttMs: 20, lossRatio: 0.1 });
      const association = new SctpAssociation({ random32 });
      for (let index = 0; index < 60; index += 1) {
        pair.send(0, someBytes(1 + (random32() % 3_000), index));
        if (index % 10 === 0)
          pair.post(0, { type: 'open', streamId: 2 + index, label: 'x', isNegotiated: false });
        if (index % 20 === 5) pair.post(1, { type: 'close_channel', streamId: 2 });
        pair.advance(15);
      }
      pair.advance(5_000);
      const corpus = pair.sent.flat();
      for (let round = 0; round < 3_000; round += 1) {
        const bytes = (corpus[random32() % corpus.length] ?? new Uint8Array(0)).slice(
          0,
          40 + (random32() % 1_200),
        );
        const changeCount = random32() % 6;
        for (let change = 0; change < changeCount; change += 1) {
          bytes[12 + (random32() % Math.max(1, bytes.length - 12))] = random32();
        }
        if (bytes.length >= 12) writeChecksum(bytes);
        const effects = association.handle({ type: 'packet', bytes }, NOW);
        const sentBytes = effects.reduce(
          (sum, effect) => sum + (effect.type === 'packet' ? effect.bytes.length : 0),
          0,
        );
        assert.ok(sentBytes <= 1_160 * 2 + bytes.length, `${sentBytes} for ${bytes.length}`);
        assert.ok(association.heldBytes <= 1024 * 1024 + 256 * 1024);
        pair.post(random32() % 2 === 0 ? 0 : 1, { type: 'packet', bytes });
      }
    }
  });
});

/** Both ends are closed, once and last, their channel before, and each had the other's message. */
function assertOrderly(pair: SctpPair): void {
  for (const end of [0, 1] as const) {
    assert.deepEqual(pair.messages(end)[0]?.bytes, someBytes(20_000, end === 0 ? 1 : 0));
    assert.equal(pair.ends[end].deadlineMs, undefined);
    assert.equal(pair.seen[end].filter(({ type }) => type === 'closed').length, 1);
    assert.equal(pair.seen[end].at(-2)?.type, 'channel_closed');
  }
}

suite('the end of an SCTP association', () => {
  for (const lossRatio of [0, 0.2]) {
    for (const closers of [[0], [0, 1]] as const) {
      test(`[SCT11] ${closers.length} closing, ${lossRatio * 100} % are lost: what was sent arrives first, both ways`, () => {
        for (let seed = 0; seed < 10; seed += 1) {
          const pair = SctpPair.connected({ seed, rttMs: 40, lossRatio });
          for (const end of [0, 1] as const) pair.send(end, someBytes(20_000, end));
          for (const end of closers) pair.post(end, { type: 'close' });
          pair.send(0, someBytes(1));
          const isOver = () => [0, 1].every((end) => pair.seen[end]?.at(-1)?.type === 'closed');
          assert.ok(pair.advance(60_000, isOver), `seed ${seed}`);
          assertOrderly(pair);
          pair.send(0, someBytes(1));
          const refusals = pair.seen[0].filter((effect) => effect.type === 'refused');
          assert.deepEqual(
            refusals.map(({ reason }) => reason),
            ['not_open', 'not_open'],
          );
        }
      });
    }
  }

  test('[SCT11] the other end learns who closed', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.post(0, { type: 'close' });
    pair.advance(1_000);
    assert.deepEqual(pair.seen[1].at(-1), { type: 'closed', reason: 'peer_closed' });
  });

  test('[SCT11] without an answer it is over after six times SHUTDOWN', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.advance(100);
    pair.isCut = true;
    const before = pair.sentCount[0];
    pair.post(0, { type: 'close' });
    pair.advance(60_000);
    assert.deepEqual(pair.seen[0].at(-1), { type: 'closed', reason: 'closed' });
    assert.equal(pair.sentCount[0] - before, 7, 'six times, and ABORT');
  });

  test('[SCT11] ending at once tells the peer, and nothing is sent afterwards', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 20 });
    pair.send(0, someBytes(100_000));
    pair.post(0, { type: 'abort' });
    assert.deepEqual(pair.seen[0].at(-1), { type: 'closed', reason: 'closed' });
    pair.advance(1_000);
    assert.deepEqual(pair.seen[1].at(-1), { type: 'closed', reason: 'peer_aborted' });
    const count = pair.sentCount[0];
    pair.post(0, { type: 'start' });
    pair.post(0, { type: 'deadline' });
    pair.post(0, { type: 'close' });
    pair.send(0, someBytes(1));
    assert.equal(pair.sentCount[0], count);
    assert.equal(pair.seen[0].filter(({ type }) => type === 'closed').length, 1);
  });
});
