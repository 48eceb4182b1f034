import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { hasValidChecksum, writeChecksum } from './crc32c.ts';
import { readSctpData, writeSctpData } from './data-chunk.ts';
import { readDcepMessage, writeDataChannelAck, writeDataChannelOpen } from './dcep-message.ts';
import { readSctpCauses, writeSctpCause } from './error-causes.ts';
import { readSctpForwardTsn, writeSctpForwardTsn } from './forward-tsn-chunk.ts';
import { readSctpInit, writeSctpInit } from './init-chunk.ts';
import { readSctpReConfig, writeOutgoingReset, writeReConfigResponse } from './re-config-chunk.ts';
import { readSctpSack, writeSctpSack } from './sack-chunk.ts';
import {
  readSctpChunkAt,
  readSctpHeader,
  SCTP_CHUNK,
  SCTP_HEADER_BYTES,
  type SctpChunk,
  writeSctpChunkHeader,
  writeSctpHeader,
} from './sctp-packet.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Packets that aiortc 1.4.0 has written. */
const OF_AIORTC = {
  sack: '13881388123456784eb322290300001cfffffffe0002000000020001000200030005000500000007',
  data: '13881388123456788f15812d0003001501020304000100020000003368656c6c6f000000',
  init: '1388138800000000a2e20e0a0100001e0000cafe00020000ffffffff00000063c000000480080006c0820000',
  reConfig: '1388138812345678fee2edef8200001a000d00160000000500000006000000070001000300050000',
  forwardTsn: '13881388123456785c13719cc00000100000000a0001000200030004',
};

function chunkOf(hex: string): SctpChunk {
  const packet = Buffer.from(hex, 'hex');
  assert.equal(hasValidChecksum(packet), true);
  const chunk = readSctpChunkAt(packet, SCTP_HEADER_BYTES);
  assert.ok(chunk);
  return chunk;
}

/** A packet of one chunk under aiortc's header, as bytes in hexadecimal. */
function packetOf(
  type: number,
  body: Uint8Array,
  { flags = 0, verificationTag = 0x12345678 } = {},
) {
  const packet = new Uint8Array(SCTP_HEADER_BYTES + 4 + ((body.length + 3) & ~3));
  writeSctpHeader(packet, { sourcePort: 5000, destinationPort: 5000, verificationTag });
  const at = writeSctpChunkHeader(packet, SCTP_HEADER_BYTES, {
    type,
    flags,
    bodyBytes: body.length,
  });
  packet.set(body, at);
  writeChecksum(packet);
  return Buffer.from(packet).toString('hex');
}

suite('SCTP codecs', () => {
  test('[SCT1] packets of another stack are read', () => {
    const header = readSctpHeader(Buffer.from(OF_AIORTC.sack, 'hex'));
    assert.deepEqual(header, {
      sourcePort: 5000,
      destinationPort: 5000,
      verificationTag: 0x12345678,
    });
    assert.deepEqual(readSctpSack(chunkOf(OF_AIORTC.sack).body), {
      cumulativeTsn: 0xfffffffe,
      windowBytes: 131_072,
      gapBlocks: [
        { startOffset: 2, endOffset: 3 },
        { startOffset: 5, endOffset: 5 },
      ],
      duplicateTsns: [],
    });
    const data = readSctpData(chunkOf(OF_AIORTC.data));
    assert.equal(Buffer.from(data?.payload ?? []).toString(), 'hello');
    assert.deepEqual(
      { ...data, payload: undefined },
      { flags: 3, tsn: 0x01020304, streamId: 1, ssn: 2, payloadProtocol: 51, payload: undefined },
    );
    assert.deepEqual(readSctpInit(chunkOf(OF_AIORTC.init).body), {
      initiateTag: 0xcafe,
      windowBytes: 131_072,
      outboundStreamCount: 65_535,
      inboundStreamCount: 65_535,
      initialTsn: 99,
      hasPartialReliability: true,
      hasStreamReset: true,
      cookie: undefined,
      unrecognized: [],
    });
    assert.deepEqual(readSctpReConfig(chunkOf(OF_AIORTC.reConfig).body), [
      {
        type: 'outgoing_reset',
        requestNumber: 5,
        responseNumber: 6,
        lastTsn: 7,
        streamIds: [1, 3, 5],
      },
    ]);
    assert.deepEqual(readSctpForwardTsn(chunkOf(OF_AIORTC.forwardTsn).body), {
      newCumulativeTsn: 10,
      skipped: [
        { streamId: 1, ssn: 2 },
        { streamId: 3, ssn: 4 },
      ],
    });
  });

  test('[SCT1] the same is written as another stack writes it', () => {
    const sack = {
      cumulativeTsn: 0xfffffffe,
      windowBytes: 131_072,
      gapBlocks: [
        { startOffset: 2, endOffset: 3 },
        { startOffset: 5, endOffset: 5 },
      ],
      duplicateTsns: [7],
    };
    assert.equal(packetOf(SCTP_CHUNK.sack, writeSctpSack(sack, 100)), OF_AIORTC.sack);
    assert.equal(writeSctpSack(sack, 16).length, 16, 'what has no room is left out');
    const payload = Buffer.from('hello');
    const data = new Uint8Array(12 + payload.length);
    writeSctpData(data, 0, { tsn: 0x01020304, streamId: 1, ssn: 2, payloadProtocol: 51, payload });
    assert.equal(packetOf(SCTP_CHUNK.data, data, { flags: 3 }), OF_AIORTC.data);
    const reset = { requestNumber: 5, responseNumber: 6, lastTsn: 7, streamIds: [1, 3, 5] };
    assert.equal(packetOf(SCTP_CHUNK.reConfig, writeOutgoingReset(reset)), OF_AIORTC.reConfig);
    const forward = {
      newCumulativeTsn: 10,
      skipped: [
        { streamId: 1, ssn: 2 },
        { streamId: 3, ssn: 4 },
      ],
    };
    assert.equal(
      packetOf(SCTP_CHUNK.forwardTsn, writeSctpForwardTsn(forward)),
      OF_AIORTC.forwardTsn,
    );
  });

  test('[SCT1] INIT and INIT ACK come back as they went', () => {
    const init = {
      initiateTag: 7,
      windowBytes: 100_000,
      outboundStreamCount: 3,
      inboundStreamCount: 4,
      initialTsn: 0xffffffff,
      hasPartialReliability: true,
      hasStreamReset: false,
      cookie: Uint8Array.of(1, 2, 3),
      unrecognized: [],
    };
    assert.deepEqual(readSctpInit(writeSctpInit(init)), init);
  });

  test('[SCT13] of unknown parameters those are reported that ask for it, and some end the reading', () => {
    const plain = chunkOf(OF_AIORTC.init).body.subarray(0, 16);
    const withParameters = (hex: string) =>
      readSctpInit(Buffer.concat([plain, Buffer.from(hex, 'hex')]));
    const reported = withParameters('c123000501000000' + 'c0000004');
    assert.deepEqual(reported?.unrecognized, [{ type: 0xc123, value: Buffer.of(1) }]);
    assert.equal(reported.hasPartialReliability, true);
    const ended = withParameters('41230004' + 'c0000004');
    assert.equal(ended?.unrecognized?.length, 1);
    assert.equal(ended.hasPartialReliability, false);
    assert.deepEqual(withParameters('81230004')?.unrecognized, []);
    const answer = writeSctpInit({ ...reported, cookie: Uint8Array.of(9) });
    assert.ok(Buffer.from(answer).toString('hex').includes('00080009c123000501'));
  });

  test('[SCT12] an INIT is refused without a tag, without streams, with a window too small or a length that lies', () => {
    const good = chunkOf(OF_AIORTC.init).body;
    const changed = (at: number, ...bytes: readonly number[]) => {
      const body = Uint8Array.from(good);
      body.set(bytes, at);
      return readSctpInit(body);
    };
    assert.equal(changed(0, 0, 0, 0, 0), undefined);
    assert.equal(changed(4, 0, 0, 5, 0xdb), undefined);
    assert.equal(changed(8, 0, 0), undefined);
    assert.equal(changed(10, 0, 0), undefined);
    assert.equal(changed(18, 0, 3), undefined);
    assert.equal(changed(18, 0xff, 0xff), undefined);
    assert.equal(readSctpInit(good.subarray(0, 15)), undefined);
  });

  test('[SCT12] gap blocks count as long as they ascend; one that begins next to the cumulative TSN is none', () => {
    const blocksOf = (...blocks: readonly (readonly [number, number])[]) => {
      const gapBlocks = blocks.map(([startOffset, endOffset]) => ({ startOffset, endOffset }));
      const sack = { cumulativeTsn: 1, windowBytes: 1, gapBlocks, duplicateTsns: [] };
      return readSctpSack(writeSctpSack(sack, 1_000))?.gapBlocks.length;
    };
    assert.equal(blocksOf([2, 3], [5, 9]), 2);
    assert.equal(blocksOf([2, 9], [5, 12]), 1);
    assert.equal(blocksOf([5, 3]), 0);
    assert.equal(blocksOf([1, 3]), 0);
    const lying = writeSctpSack(
      { cumulativeTsn: 1, windowBytes: 1, gapBlocks: [], duplicateTsns: [] },
      100,
    );
    lying[9] = 200;
    assert.equal(readSctpSack(lying), undefined);
  });

  test('[SCT1] answers and causes come back as they went', () => {
    assert.deepEqual(readSctpReConfig(writeReConfigResponse(9, 6)), [
      { type: 'response', responseNumber: 9, result: 6 },
    ]);
    assert.deepEqual(readSctpCauses(writeSctpCause({ type: 3, value: new Uint8Array(4) })), [3]);
  });

  test('[SCT15] DATA_CHANNEL_OPEN as browsers write it', () => {
    // Chromium's, of createDataChannel('oai-events').
    const bytes = Buffer.from('030001000000000000' + '0a0000' + '6f61692d6576656e7473', 'hex');
    const open = {
      type: 'open',
      isOrdered: true,
      reliability: { type: 'reliable' },
      priority: 256,
      label: 'oai-events',
      protocol: '',
    } as const;
    assert.deepEqual(readDcepMessage(bytes), open);
    assert.deepEqual(Buffer.from(writeDataChannelOpen(open)), bytes);
    assert.deepEqual(readDcepMessage(writeDataChannelAck()), { type: 'ack' });
  });

  test('[SCT15] every kind of channel comes back as it went', () => {
    for (const reliability of [
      { type: 'reliable' },
      { type: 'retransmits', retransmitCountMax: 3 },
      { type: 'lifetime', lifetimeMs: 2_500 },
    ] as const) {
      for (const isOrdered of [true, false]) {
        const open = { isOrdered, reliability, priority: 512, label: 'Käse €🧀', protocol: 'p' };
        assert.deepEqual(readDcepMessage(writeDataChannelOpen(open)), { type: 'open', ...open });
      }
    }
    assert.equal(readDcepMessage(Buffer.from('030300000000000000000000', 'hex')), undefined);
    assert.equal(readDcepMessage(Buffer.from('030000000000000000010000', 'hex')), undefined);
    assert.equal(readDcepMessage(Uint8Array.of(9)), undefined);
    assert.equal(readDcepMessage(new Uint8Array(0)), undefined);
  });

  test('[SCT15] labels are UTF-8, as the platform has it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 30 }),
        (text, bytes) => {
          assert.deepEqual(Buffer.from(encodeUtf8(text)), Buffer.from(text));
          assert.equal(decodeUtf8(Buffer.from(text)), Buffer.from(text).toString());
          const isValid = Buffer.from(bytes.toString()).equals(Buffer.from(bytes));
          if (isValid) assert.equal(decodeUtf8(bytes), Buffer.from(bytes).toString());
        },
      ),
      { seed: 8 },
    );
    assert.equal(
      decodeUtf8(Uint8Array.of(0x61, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xff)),
      'a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd',
    );
  });

  test('[SCT12] whatever the bytes are, no reader throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const chunk = readSctpChunkAt(bytes, 0);
        assert.ok(chunk === undefined || chunk.body.length + 4 <= bytes.length);
        readSctpHeader(bytes);
        readSctpInit(bytes);
        readSctpData({ type: 0, flags: 0, body: bytes });
        readSctpSack(bytes);
        readSctpForwardTsn(bytes);
        readSctpReConfig(bytes);
        readSctpCauses(bytes);
        readDcepMessage(bytes);
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });
});
