import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  DATA_CHANNEL_PPID,
  readSctpInit,
  readSctpReConfig,
  SCTP_CHUNK,
  type SctpChunk,
  uint32At,
  writeSctpData,
  writeSctpInit,
} from '@prism/protocol';
import { chunksOf, firstChunk, forgedPacket, tagOf } from '../testing/forged-packet.ts';
import { type SctpEnd, type SctpNetwork, SctpPair, someBytes } from '../testing/sctp-pair.ts';
import { DATA_CHANNEL_COUNT_MAX } from './data-channels.ts';

const OPEN = { type: 'open', streamId: 2, label: 'oai-events', isNegotiated: false } as const;

/** Both ends stand, without a channel. */
function established(network: Partial<SctpNetwork> = {}) {
  const pair = new SctpPair({ seed: 1, rttMs: 20, ...network });
  for (const end of [0, 1] as const) pair.post(end, { type: 'start' });
  pair.advance(5_000, () => pair.ends[0].isEstablished && pair.ends[1].isEstablished);
  pair.advance(100);
  return pair;
}

function typesSeen(pair: SctpPair, end: SctpEnd): readonly string[] {
  return pair.seen[end].map(({ type }) => type);
}

/** Chunks of a type that an end has sent. */
function chunksSent(pair: SctpPair, end: SctpEnd, type: number): readonly SctpChunk[] {
  return pair.sent[end].flatMap(chunksOf).filter((chunk) => chunk.type === type);
}

/** The first end is given a whole message under a payload protocol, as if the other had sent it. */
function forgeMessage(pair: SctpPair, payloadProtocol: number, payload: Uint8Array): void {
  const init = firstChunk(pair.sent[1][0]);
  const ssn = pair.forgedCount;
  pair.forgedCount += 1;
  const body = new Uint8Array(12 + payload.length);
  const tsn = uint32At(init?.body ?? new Uint8Array(0), 12) + ssn;
  writeSctpData(body, 0, { tsn, streamId: 0, ssn, payloadProtocol, payload });
  const tag = tagOf(pair.sent[1].at(-1));
  const bytes = forgedPacket(tag, [{ type: SCTP_CHUNK.data, flags: 3, body }]);
  pair.post(0, { type: 'packet', bytes });
}

suite('data channels', () => {
  test('[SCT15] a channel that one end opens is the same at the other, and data right behind the opening arrives', () => {
    const pair = new SctpPair({ seed: 1, rttMs: 100 });
    pair.post(0, { ...OPEN, protocol: 'realtime' });
    pair.send(0, Buffer.from('{}'), 2);
    for (const end of [0, 1] as const) pair.post(end, { type: 'start' });
    pair.advance(150);
    const opened = {
      type: 'channel_opened',
      streamId: 2,
      label: 'oai-events',
      protocol: 'realtime',
    };
    assert.deepEqual(pair.seen[1], [
      { ...opened, isRemote: true },
      { type: 'message', streamId: 2, kind: 'text', bytes: Uint8Array.from(Buffer.from('{}')) },
    ]);
    pair.send(1, someBytes(3), 2);
    pair.advance(50);
    assert.deepEqual(typesSeen(pair, 0), ['channel_opened', 'message']);
    assert.deepEqual(pair.seen[0][0], { ...opened, isRemote: false });
  });

  test('[SCT15] a negotiated channel takes no message and is open when the association is', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 100 });
    pair.advance(1_000);
    assert.deepEqual(typesSeen(pair, 0), ['channel_opened']);
    assert.equal(chunksSent(pair, 0, SCTP_CHUNK.data).length, 0);
    const late = established();
    late.post(0, { ...OPEN, isNegotiated: true });
    assert.deepEqual(typesSeen(late, 0), ['channel_opened']);
  });

  test('[SCT15] channels come to be whatever is lost, also when many are opened at once', () => {
    const pair = established({ rttMs: 30, lossRatio: 0.3 });
    for (let index = 0; index < 100; index += 1) {
      pair.post(0, { ...OPEN, streamId: index * 2, label: `a${index}` });
      pair.post(1, { ...OPEN, streamId: index * 2 + 1, label: `b${index}` });
    }
    const isAll = () => pair.seen[0].length === 200 && pair.seen[1].length === 200;
    assert.ok(pair.advance(60_000, isAll));
    const labels = pair.seen[1].map((effect) => effect.type === 'channel_opened' && effect.label);
    assert.equal(new Set(labels).size, 200);
  });

  test('[SCT15] a number that is taken can not be opened, nor more channels than there may be', () => {
    const pair = established();
    pair.post(0, OPEN);
    pair.post(0, OPEN);
    pair.post(0, { ...OPEN, streamId: 65_535 });
    for (let index = 2; index <= DATA_CHANNEL_COUNT_MAX + 1; index += 1) {
      pair.post(0, { ...OPEN, streamId: index * 2 });
    }
    const refusals = pair.seen[0].filter((effect) => effect.type === 'refused');
    assert.deepEqual(
      refusals.map(({ reason }) => reason),
      ['number_taken', 'no_such_stream', 'too_many_channels'],
    );
    // The other end has one of its own, so that it closes the last.
    pair.post(1, { ...OPEN, streamId: 1 });
    assert.ok(pair.advance(5_000, () => typesSeen(pair, 0).includes('channel_closed')));
  });

  test('[SCT16] empty messages, text and binary, are messages', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 10 });
    for (const kind of ['text', 'binary'] as const) {
      pair.post(0, { type: 'send', streamId: 0, kind, bytes: new Uint8Array(0) });
      pair.post(0, { type: 'send', streamId: 0, kind, bytes: someBytes(1) });
    }
    pair.advance(100);
    assert.deepEqual(
      pair.messages(1).map(({ kind, bytes }) => [kind, bytes.length]),
      [
        ['text', 0],
        ['text', 1],
        ['binary', 0],
        ['binary', 1],
      ],
    );
  });

  test('[SCT16] messages in pieces, as older stacks send them, are put together; one too long closes its channel', () => {
    const pair = SctpPair.connected({ seed: 1, rttMs: 10 });
    pair.advance(100);
    const { partialText, text, partialBinary, binary } = DATA_CHANNEL_PPID;
    forgeMessage(pair, partialText, Buffer.from('one, '));
    forgeMessage(pair, partialText, Buffer.from('two, '));
    forgeMessage(pair, text, Buffer.from('three'));
    forgeMessage(pair, partialBinary, Uint8Array.of(1));
    forgeMessage(pair, binary, Uint8Array.of(2));
    forgeMessage(pair, 99, Uint8Array.of(2));
    assert.deepEqual(
      pair.messages(0).map(({ kind, bytes }) => [kind, Buffer.from(bytes).toString()]),
      [
        ['text', 'one, two, three'],
        ['binary', '\u0001\u0002'],
      ],
    );
    for (let count = 0; count <= 1_024; count += 1) forgeMessage(pair, partialText, someBytes(1));
    assert.equal(chunksSent(pair, 0, SCTP_CHUNK.reConfig).length, 1);
  });

  test('[SCT10] closing a channel: what was sent arrives, then both ends are told, and the number is free', () => {
    for (const lossRatio of [0, 0.3]) {
      const pair = established({ rttMs: 40, lossRatio });
      for (let round = 0; round < 5; round += 1) {
        pair.post(0, { ...OPEN, label: `${round}` });
        pair.send(0, someBytes(50_000, round), 2);
        pair.post(0, { type: 'close_channel', streamId: 2 });
        pair.send(0, someBytes(1), 2);
        const isClosed = (end: SctpEnd) =>
          typesSeen(pair, end).filter((type) => type === 'channel_closed').length === round + 1;
        assert.ok(
          pair.advance(60_000, () => isClosed(0) && isClosed(1)),
          `round ${round}`,
        );
        pair.advance(10_000);
        assert.deepEqual(pair.messages(1).at(-1)?.bytes, someBytes(50_000, round));
        assert.deepEqual(
          pair.seen[0].find(({ type }) => type === 'refused'),
          {
            type: 'refused',
            streamId: 2,
            reason: 'not_open',
          },
        );
      }
      assert.equal(pair.messages(1).length, 5);
      assert.equal(pair.ends[0].counters.droppedDataCount, 0);
      assert.equal(pair.ends[0].deadlineMs, undefined);
      assert.equal(pair.ends[1].deadlineMs, undefined);
    }
  });

  test('[SCT10] both ends close at once, or one whose channel is not open yet', () => {
    const pair = established();
    pair.post(0, OPEN);
    pair.advance(100);
    for (const end of [0, 1] as const) pair.post(end, { type: 'close_channel', streamId: 2 });
    pair.advance(1_000);
    for (const end of [0, 1] as const) {
      assert.equal(typesSeen(pair, end).filter((type) => type === 'channel_closed').length, 1);
    }
    pair.post(1, OPEN);
    pair.advance(100);
    assert.equal(typesSeen(pair, 0).at(-1), 'channel_opened', 'the number is free');
    const early = new SctpPair({ seed: 1, rttMs: 20 });
    early.post(0, OPEN);
    early.post(0, { type: 'close_channel', streamId: 2 });
    for (const end of [0, 1] as const) early.post(end, { type: 'start' });
    early.advance(1_000);
    assert.deepEqual(typesSeen(early, 1), ['channel_opened', 'channel_closed']);
    assert.deepEqual(typesSeen(early, 0).at(-1), 'channel_closed');
  });

  test('[SCT10] a reset waits until what was sent before it is there, and is repeated until it is answered', () => {
    // The data is lost once, every reset request until the fourth.
    let resetCount = 0;
    const isLost = (from: SctpEnd, _index: number, bytes: Uint8Array) => {
      const chunk = firstChunk(bytes);
      const isRequest =
        chunk?.type === SCTP_CHUNK.reConfig &&
        readSctpReConfig(chunk.body)[0]?.type === 'outgoing_reset';
      if (from === 0 && isRequest) resetCount += 1;
      return from === 0 && isRequest && resetCount < 4;
    };
    const pair = SctpPair.connected({ seed: 1, rttMs: 20, isLost });
    pair.post(0, { type: 'close_channel', streamId: 0 });
    assert.ok(pair.advance(5_000, () => typesSeen(pair, 0).includes('channel_closed')));
    assert.equal(resetCount, 4);
    assert.ok(typesSeen(pair, 1).includes('channel_closed'));
  });

  test('[SCT10] with a peer that can not reset streams a channel is closed at this end alone', () => {
    const pair = new SctpPair({ seed: 1, rttMs: 20 });
    pair.post(0, { ...OPEN, isNegotiated: true });
    pair.post(0, { type: 'start' });
    const init = readSctpInit(firstChunk(pair.sent[0][0])?.body ?? new Uint8Array(0));
    const initAck = writeSctpInit({
      initiateTag: 9,
      windowBytes: 100_000,
      outboundStreamCount: 10,
      inboundStreamCount: 10,
      initialTsn: 1,
      hasPartialReliability: false,
      hasStreamReset: false,
      cookie: Uint8Array.of(1),
    });
    const chunks = [{ type: SCTP_CHUNK.initAck, body: initAck }, { type: SCTP_CHUNK.cookieAck }];
    for (const chunk of chunks) {
      const bytes = forgedPacket(init?.initiateTag ?? 0, [chunk]);
      pair.post(0, { type: 'packet', bytes });
    }
    pair.post(0, { ...OPEN, streamId: 10, isNegotiated: true });
    pair.send(0, someBytes(1), 10);
    assert.deepEqual(pair.seen[0].at(-1), {
      type: 'refused',
      streamId: 10,
      reason: 'no_such_stream',
    });
    pair.post(0, { type: 'close_channel', streamId: 2 });
    assert.equal(typesSeen(pair, 0).at(-1), 'channel_closed');
    pair.send(0, someBytes(1), 2);
    assert.equal(typesSeen(pair, 0).at(-1), 'refused');
  });

  test('[SCT9] a partially reliable channel gives up what is old or was tried, and goes on', () => {
    for (const reliability of [
      { type: 'retransmits', retransmitCountMax: 0 },
      { type: 'lifetime', lifetimeMs: 150 },
    ] as const) {
      for (const isOrdered of [true, false]) {
        const pair = established({ rttMs: 100, lossRatio: 0.25 });
        pair.post(0, { ...OPEN, reliability, isOrdered });
        pair.advance(5_000);
        for (let index = 0; index < 200; index += 1) {
          pair.send(0, someBytes(index % 10 === 0 ? 3_000 : 100, index), 2);
          pair.advance(20);
        }
        pair.advance(10_000);
        const count = pair.messages(1).length;
        assert.ok(count > 60 && count < 200, `${count}`);
        const expected = Array.from({ length: 200 }, (_, index) =>
          Buffer.from(someBytes(index % 10 === 0 ? 3_000 : 100, index)).toString('hex'),
        );
        let last = -1;
        for (const { bytes } of pair.messages(1)) {
          const index = expected.indexOf(Buffer.from(bytes).toString('hex'));
          assert.ok(index >= 0 && (!isOrdered || index > last));
          last = index;
        }
        pair.send(0, someBytes(7), 2);
        assert.equal(pair.ends[0].bufferedBytes, 0);
        pair.advance(10_000);
        assert.equal(pair.ends[0].deadlineMs, undefined, 'nothing is waited for');
      }
    }
  });

  test('[SCT9] a long message is given up although much of it has not left yet, and the next one arrives', () => {
    for (const lossRatio of [0.1, 0.25, 0.4]) {
      for (let seed = 0; seed < 10; seed += 1) {
        const pair = established({ rttMs: 100, lossRatio, seed });
        const reliability = { type: 'retransmits', retransmitCountMax: 0 } as const;
        pair.post(0, { ...OPEN, reliability });
        assert.ok(pair.advance(60_000, () => typesSeen(pair, 0).includes('channel_opened')));
        for (let index = 0; index < 5; index += 1) pair.send(0, someBytes(100_000, index), 2);
        pair.advance(60_000);
        assert.equal(pair.ends[0].deadlineMs, undefined, 'nothing is waited for');
        const isThere = () => pair.messages(1).at(-1)?.bytes.length === 1;
        for (let index = 0; index < 20 && !isThere(); index += 1) {
          pair.send(0, someBytes(1), 2);
          pair.advance(5_000, isThere);
        }
        assert.ok(isThere(), `seed ${seed}`);
      }
    }
  });

  test('[SCT9] the other end answers on such a channel as it was opened', () => {
    const pair = established();
    pair.post(0, {
      ...OPEN,
      isOrdered: false,
      reliability: { type: 'retransmits', retransmitCountMax: 0 },
    });
    pair.advance(100);
    pair.isCut = true;
    pair.send(1, someBytes(10), 2);
    pair.advance(20);
    pair.isCut = false;
    pair.advance(5_000);
    assert.equal(pair.messages(0).length, 0);
    assert.ok(chunksSent(pair, 1, SCTP_CHUNK.forwardTsn).length > 0);
  });

  test('[SCT4] unordered messages do not wait for each other', () => {
    let isLosing = false;
    const isLost = () => isLosing;
    const pair = established({ rttMs: 100, isLost });
    pair.post(0, { ...OPEN, isOrdered: false });
    pair.advance(500);
    isLosing = true;
    pair.send(0, someBytes(10, 1), 2);
    isLosing = false;
    pair.send(0, someBytes(10, 2), 2);
    pair.advance(50);
    assert.deepEqual(pair.messages(1)[0]?.bytes, someBytes(10, 2));
    pair.advance(1_000);
    assert.deepEqual(pair.messages(1)[1]?.bytes, someBytes(10, 1));
  });

  test('[SCT4] channels take turns, one message each', () => {
    const pair = established();
    for (const streamId of [2, 4]) pair.post(0, { ...OPEN, streamId });
    pair.advance(100);
    for (let index = 0; index < 20; index += 1) pair.send(0, someBytes(10_000, index), 2);
    pair.send(0, someBytes(100), 4);
    pair.advance(5_000);
    const index = pair.messages(1).findIndex(({ streamId }) => streamId === 4);
    assert.ok(index >= 1 && index <= 2, `${index}`);
  });
});
