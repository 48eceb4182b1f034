import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  isRtcp,
  parseRtpPacket,
  RTP_HEADER_BYTES,
  sequenceDistance,
  writeRtpHeader,
} from './rtp-packet.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const HEADER = '806f 1234 00010203 deadbeef'.replaceAll(' ', '');

suite('RTP packets', () => {
  test('[RTP1] what is no RTP packet is refused', () => {
    for (const hex of [
      '',
      '80',
      '406f123400010203deadbeef',
      '8f6f123400010203deadbeef',
      '906f123400010203deadbeefbede',
    ]) {
      assert.equal(parseRtpPacket(bytes(hex)), undefined, hex);
    }
    assert.equal(
      parseRtpPacket(bytes(`a0${HEADER.slice(2)}ff`)),
      undefined,
      'padding longer than the packet',
    );
    assert.equal(parseRtpPacket(bytes(`a0${HEADER.slice(2)}00`)), undefined, 'padding of length 0');
  });

  test('[RTP1] random bytes never throw and never lie outside the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (random) => {
        const packet = parseRtpPacket(random);
        if (packet !== undefined)
          assert.ok(packet.payload.length <= random.length - RTP_HEADER_BYTES);
      }),
      { seed: 20_261_123, numRuns: 2_000 },
    );
  });

  test('[RTP2] contributing sources, extensions and padding are skipped', () => {
    // One contributing source, one word of extension, payload c0ffee, two bytes of padding.
    const packet = parseRtpPacket(
      bytes(`b1ef${HEADER.slice(4)}00000001bede0001aabbccddc0ffee0002`),
    );
    assert.ok(packet);
    assert.deepEqual([...packet.payload], [0xc0, 0xff, 0xee]);
    assert.equal(packet.hasMarker, true);
    assert.equal(packet.payloadType, 111);
  });

  test('[RTP3] a written header is read back', () => {
    fc.assert(
      fc.property(
        fc.record({
          payloadType: fc.nat(127),
          hasMarker: fc.boolean(),
          sequenceNumber: fc.nat(65_535),
          timestamp: fc.nat(0xffff_ffff),
          ssrc: fc.nat(0xffff_ffff),
        }),
        (header) => {
          const target = new Uint8Array(RTP_HEADER_BYTES);
          writeRtpHeader(target, header);
          const packet = parseRtpPacket(target);
          assert.ok(packet);
          const { payload, ...read } = packet;
          assert.deepEqual(read, { ...header });
          assert.equal(payload.length, 0);
        },
      ),
      { seed: 20_261_123 },
    );
  });

  test('[RTP3] numbers wrap at their width', () => {
    const target = new Uint8Array(RTP_HEADER_BYTES);
    writeRtpHeader(target, {
      payloadType: 0,
      hasMarker: false,
      sequenceNumber: 65_536 + 5,
      timestamp: 2 ** 32 + 6,
      ssrc: 7,
    });
    const packet = parseRtpPacket(target);
    assert.deepEqual([packet?.sequenceNumber, packet?.timestamp], [5, 6]);
  });

  test('[RTP8] the distance of sequence numbers is signed and wraps', () => {
    assert.deepEqual(
      [
        sequenceDistance(10, 12),
        sequenceDistance(12, 10),
        sequenceDistance(65_535, 0),
        sequenceDistance(0, 65_535),
      ],
      [2, -2, 1, -1],
    );
  });

  test('[RTP5] RTCP is told from RTP by its packet type', () => {
    assert.equal(isRtcp(bytes('80c80006')), true);
    assert.equal(isRtcp(bytes(HEADER)), false);
    assert.equal(isRtcp(bytes('80')), false);
  });
});
