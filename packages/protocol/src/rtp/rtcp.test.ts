import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { NACK_COUNT_MAX, RTCP_BYTES_MAX } from '../limits.ts';
import { compactFromMs, compactNtp, ntpTimeFromMs, roundTripMs } from './ntp-time.ts';
import type { RtcpPacket } from './rtcp-packet.ts';
import { readRtcp } from './rtcp-reader.ts';
import { writeRtcp } from './rtcp-writer.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

const uint32 = fc.nat(0xffff_ffff);
const reportBlock = fc.record({
  ssrc: uint32,
  fractionLost: fc.nat(255),
  packetsLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  extendedSequenceNumber: uint32,
  jitterTicks: uint32,
  lastSenderReport: uint32,
  delaySinceLastSenderReport: uint32,
});
const reports = fc.array(reportBlock, { maxLength: 3 });
const anyPacket: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    type: fc.constant('sender_report' as const),
    ssrc: uint32,
    ntpTime: fc.record({ seconds: uint32, fraction: uint32 }),
    rtpTimestamp: uint32,
    packetCount: uint32,
    octetCount: uint32,
    reports,
  }),
  fc.record({ type: fc.constant('receiver_report' as const), ssrc: uint32, reports }),
  fc.record({
    type: fc.constant('source_description' as const),
    chunks: fc.array(fc.record({ ssrc: uint32, cname: fc.stringMatching(/^[a-z@.]{0,40}$/) }), {
      maxLength: 3,
    }),
  }),
  fc.record({ type: fc.constant('bye' as const), ssrcs: fc.array(uint32, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant('nack' as const),
    senderSsrc: uint32,
    mediaSsrc: uint32,
    sequenceNumbers: fc
      .uniqueArray(fc.nat(200), { minLength: 1, maxLength: 40 })
      .map((steps) => steps.sort((a, b) => a - b).map((step) => (65_500 + step) & 0xffff)),
  }),
  fc.record({
    type: fc.constant('picture_loss' as const),
    senderSsrc: uint32,
    mediaSsrc: uint32,
  }),
  fc.record({
    type: fc.constant('full_intra_request' as const),
    senderSsrc: uint32,
    requests: fc.array(fc.record({ ssrc: uint32, sequenceNumber: fc.nat(255) }), { maxLength: 3 }),
  }),
);

suite('RTCP packets', () => {
  test('[RTC1] a compound packet that was written is read back', () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1, maxLength: 4 }), (made) => {
        // fast-check makes records without a prototype.
        const packets = structuredClone(made);
        assert.deepEqual(readRtcp(writeRtcp(packets)), { packets, skippedCount: 0 });
      }),
      { seed: 20_261_126, numRuns: 1_000 },
    );
  });

  test('[RTC1] a sender report with its description, byte by byte as RFC 3550 draws it', () => {
    const written = bytes(
      `81c8000c deadbeef e1000000 80000000 00010203 00000007 00000540
       cafebabe 40ffffff 0001000a 00000030 00008000 00010000
       81ca0003 deadbeef 0102 6162 00000000`,
    );
    const packets: readonly RtcpPacket[] = [
      {
        type: 'sender_report',
        ssrc: 0xdead_beef,
        ntpTime: { seconds: 0xe100_0000, fraction: 0x8000_0000 },
        rtpTimestamp: 0x0001_0203,
        packetCount: 7,
        octetCount: 1_344,
        reports: [
          {
            ssrc: 0xcafe_babe,
            fractionLost: 64,
            packetsLost: -1,
            extendedSequenceNumber: 0x0001_000a,
            jitterTicks: 48,
            lastSenderReport: 0x8000,
            delaySinceLastSenderReport: 0x1_0000,
          },
        ],
      },
      { type: 'source_description', chunks: [{ ssrc: 0xdead_beef, cname: 'ab' }] },
    ];
    assert.deepEqual(readRtcp(written), { packets, skippedCount: 0 });
    assert.deepEqual(writeRtcp(packets), written);
  });

  test('[RTC2] a NACK alone is read, its bitmask unfolded over the wrap', () => {
    const read = readRtcp(bytes('81cd0003 00000001 00000002 ffff 8001'));
    assert.deepEqual(read?.packets, [
      { type: 'nack', senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [65_535, 0, 15] },
    ]);
  });

  test('[RTC2] of a NACK at most so many numbers are read', () => {
    const entries = 'ffffffff'.repeat(100);
    const read = readRtcp(bytes(`81cd0066 00000001 00000002 ${entries}`));
    const nack = read?.packets[0];
    assert.ok(nack?.type === 'nack');
    assert.equal(nack.sequenceNumbers.length, NACK_COUNT_MAX);
  });

  test('[RTC3] what is no chain of packets is refused as a whole', () => {
    const report = '80c90001 00000001';
    for (const hex of [
      '',
      '80c9',
      '40c90001 00000001',
      '80c90002 00000001',
      `${report} 80c9`,
      // Padding before the last packet, of length 0, longer than its packet.
      'a0c90002 00000001 00000004 80c90001 00000001',
      'a0c90002 00000001 00000000',
      'a0c90002 00000001 00000009',
    ]) {
      assert.equal(readRtcp(bytes(hex)), undefined, hex);
    }
    assert.equal(readRtcp(new Uint8Array(RTCP_BYTES_MAX + 4)), undefined);
    assert.equal(readRtcp(bytes('a0c90002 00000001 00000004'))?.packets.length, 1);
  });

  test('[RTC3] an unknown packet and one that contradicts its length are skipped and counted', () => {
    const read = readRtcp(
      bytes(
        `80cc0001 00000001
         81c90001 00000001
         8fcd0002 00000001 00000002
         81ca0001 00000001
         85cb0001 00000001
         81cd0000
         80c90001 00000009`,
      ),
    );
    assert.deepEqual(read, {
      packets: [{ type: 'receiver_report', ssrc: 9, reports: [] }],
      skippedCount: 6,
    });
  });

  test('[RTC3] random and damaged bytes never throw, and give no more than they hold', () => {
    const damaged = fc
      .tuple(
        fc.array(anyPacket, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
        fc.nat(200),
      )
      .map(([packets, changes, length]) => {
        const written = writeRtcp(packets);
        for (const [at, value] of changes) if (at < written.length) written[at] = value;
        return written.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 120 })), (input) => {
        const read = readRtcp(input);
        if (read === undefined) return;
        assert.ok((read.packets.length + read.skippedCount) * 4 <= input.length);
      }),
      { seed: 20_261_126, numRuns: 5_000 },
    );
  });
});

suite('NTP time', () => {
  test('[RTC4] a moment since 1970 is written in seconds since 1900 and 2⁻³² of a second', () => {
    const time = ntpTimeFromMs(1_500);
    assert.deepEqual(time, { seconds: 2_208_988_801, fraction: 0x8000_0000 });
    assert.equal(compactNtp(time), 0x7e81_8000);
  });

  test('[RTC4] the round trip is what is left of the time since the report, over the wrap too', () => {
    for (const sentMs of [1_790_000_000_000, 1_790_000_000_000 + 65_536_000 - 50]) {
      const lastSenderReport = compactNtp(ntpTimeFromMs(sentMs));
      const arrivedAt = compactNtp(ntpTimeFromMs(sentMs + 340));
      const block = { lastSenderReport, delaySinceLastSenderReport: compactFromMs(300) };
      assert.ok(Math.abs((roundTripMs(arrivedAt, block) ?? 0) - 40) < 0.1);
    }
  });

  test('[RTC4] a block that answers no report, or an impossible one, tells no round trip', () => {
    const now = compactNtp(ntpTimeFromMs(1_790_000_000_000));
    const told = (lastSenderReport: number, delaySinceLastSenderReport: number) =>
      roundTripMs(now, { lastSenderReport, delaySinceLastSenderReport });
    assert.equal(told(0, 0), undefined);
    assert.equal(told(now - 65_536 * 60, 0), undefined);
    assert.equal(told(now, 65_536), undefined);
    assert.equal(told(now, 65), 0);
  });
});
