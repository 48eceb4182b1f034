import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRtpPacket } from '@prism/protocol';
import type { MonotonicMs } from '../../time/clock.ts';
import { LossProtection } from './loss-protection.ts';
import { RedundantAudio } from './redundant-audio.ts';
import { RtpSender, SLOT_TICKS } from './rtp-sender.ts';
import { HISTORY_MS_MAX, SentHistory } from './sent-history.ts';

const PAYLOAD_TYPE = 111;
const ms = (value: number): MonotonicMs => value as MonotonicMs;

suite('RTP sender', () => {
  test('[RTP10] RTP time follows the slots and the marker starts a talk spurt', () => {
    const sender = new RtpSender({
      payloadType: PAYLOAD_TYPE,
      ssrc: 7,
      sequenceNumber: 65_535,
      timestamp: 0xffff_fff0,
    });
    const sent = [10, 11, 20].map((slot) => {
      const read = parseRtpPacket(sender.packetize(Uint8Array.of(1, 2, 3), slot));
      assert.ok(read);
      assert.deepEqual([...read.payload], [1, 2, 3]);
      assert.equal(sender.lastSequenceNumber, read.sequenceNumber);
      return [read.sequenceNumber, read.timestamp, read.hasMarker];
    });
    const timestampOf = (slot: number): number => (0xffff_fff0 + slot * SLOT_TICKS) >>> 0;
    assert.deepEqual(sent, [
      [65_535, timestampOf(10), true],
      [0, timestampOf(11), false],
      [1, timestampOf(20), true],
    ]);
    assert.equal(sender.timestampAt(20.5), (timestampOf(20) + SLOT_TICKS / 2) >>> 0);
  });
});

suite('packets asked for again', () => {
  /** A history of the packets 0 … 99, one per 20 ms, each telling its number. */
  function history(): SentHistory {
    const kept = new SentHistory();
    for (let number = 0; number < 100; number += 1)
      kept.keep(number, Uint8Array.of(number, 1), ms(number * 20));
    return kept;
  }

  test('[SND1] a packet of the last second is sent again as it was, an older one is not', () => {
    const kept = history();
    const nowMs = ms(99 * 20);
    assert.deepEqual([...(kept.takeAgain(99, 0, nowMs) ?? [])], [99, 1]);
    assert.deepEqual([...(kept.takeAgain(50, 0, nowMs) ?? [])], [50, 1]);
    assert.equal(kept.takeAgain(48, 0, nowMs), undefined);
    assert.equal(kept.takeAgain(99 + 64, 0, nowMs), undefined);
    assert.equal(kept.takeAgain(99, 0, ms(99 * 20 + HISTORY_MS_MAX + 1)), undefined);
  });

  test('[SND2] a packet is sent again three times at most, once per round trip', () => {
    const kept = history();
    const atMs = (offsetMs: number): number | undefined =>
      kept.takeAgain(99, 60, ms(99 * 20 + offsetMs))?.[0];
    assert.deepEqual(
      [atMs(10), atMs(69), atMs(70), atMs(100), atMs(130), atMs(300), atMs(900)],
      [99, undefined, 99, undefined, 99, undefined, undefined],
    );
    // Unknown, the round trip is taken for short: 20 ms.
    const others = [0, 19, 20].map(
      (offsetMs) => kept.takeAgain(98, undefined, ms(99 * 20 + offsetMs))?.[0],
    );
    assert.deepEqual(others, [98, undefined, 98]);
  });

  test('[SND1] packets of all sizes are kept whole; when large ones need the room the oldest go', () => {
    for (const largestBytes of [120, 330, 640]) {
      const kept = new SentHistory();
      const packetOf = (number: number): Uint8Array =>
        new Uint8Array(1 + ((number * 97) % largestBytes)).fill(number);
      for (let number = 0; number < 200; number += 1)
        kept.keep(number, packetOf(number), ms(number * 10));
      const again = Array.from({ length: 64 }, (_, index) =>
        kept.takeAgain(136 + index, 0, ms(1_990)),
      );
      for (const [index, packet] of again.entries())
        if (packet !== undefined) assert.deepEqual(packet, packetOf(136 + index));
      const goneCount = again.filter((packet) => packet === undefined).length;
      // 16 kB are 25 packets of the largest size, and more than 50 of the half of it.
      assert.ok(largestBytes === 640 ? goneCount < 14 : goneCount === 0, `${goneCount}`);
    }
  });

  test('[SND1] a packet too large to be kept takes the place of nobody', () => {
    const kept = history();
    kept.keep(100, new Uint8Array(1_200), ms(2_000));
    assert.equal(kept.takeAgain(100, 0, ms(2_000)), undefined);
    assert.equal(kept.takeAgain(36, 0, ms(2_000)), undefined);
  });
});

suite('protection against loss', () => {
  test('[SND3] it begins with a report of 3 % and ends after 15 s below 1 %', () => {
    for (const canSendRed of [true, false]) {
      const protection = new LossProtection({ canSendRed });
      const told: string[] = [];
      const report = (fractionLost: number, atMs: number): void => {
        protection.reported(fractionLost, ms(atMs));
        told.push(protection.protection);
      };
      report(0.02, 0);
      report(0.03, 5_000);
      report(0, 10_000);
      report(0.011, 14_000);
      report(0.005, 19_000);
      report(0, 28_999);
      report(0, 29_000);
      const on = canSendRed ? 'red' : 'fec';
      assert.deepEqual(told, ['none', on, on, on, on, on, 'none']);
      assert.equal(protection.changes, 2);
    }
  });

  test('[SND3] a listener with redundant audio gets one copy, or two, and the others an encoder that expects loss', () => {
    const red = new LossProtection({ canSendRed: true });
    const fec = new LossProtection({ canSendRed: false });
    const seen = [0.02, 0.05, 0.15, 0.9].map((fractionLost, index) => {
      red.reported(fractionLost, ms(index));
      fec.reported(fractionLost, ms(index));
      assert.equal(red.expectedLossPercent, 0);
      assert.equal(fec.copyCount, 0);
      return [red.copyCount, fec.expectedLossPercent];
    });
    assert.deepEqual(seen, [
      [0, 0],
      [1, 5],
      [2, 15],
      [2, 30],
    ]);
  });
});

suite('redundant audio', () => {
  const hex = (bytes: Uint8Array): string =>
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  test('[SND4] a packet carries the packets before it, with their distance in RTP time', () => {
    const redundant = new RedundantAudio(111);
    redundant.keep(Uint8Array.of(0xaa), 10);
    redundant.keep(Uint8Array.of(0xbb, 0xbc), 11);
    // 960 ticks are 0x3c0: 14 bits, then the length in 10.
    assert.equal(hex(redundant.wrap(Uint8Array.of(0xcc), 12, 1)), 'ef0f00026f' + 'bbbc' + 'cc');
    assert.equal(
      hex(redundant.wrap(Uint8Array.of(0xcc), 12, 2)),
      'ef1e0001' + 'ef0f0002' + '6f' + 'aa' + 'bbbc' + 'cc',
    );
  });

  test('[SND4] a copy further back than its offset can say is left out', () => {
    const redundant = new RedundantAudio(111);
    redundant.keep(Uint8Array.of(0xaa), 10);
    assert.equal(hex(redundant.wrap(Uint8Array.of(0xcc), 10 + 17, 2)).length, 2 * (4 + 1 + 1 + 1));
    assert.equal(hex(redundant.wrap(Uint8Array.of(0xcc), 10 + 18, 2)), '6fcc');
  });

  test('[SND4] copies that a packet has no room for are left out, oldest first', () => {
    const redundant = new RedundantAudio(111);
    redundant.keep(new Uint8Array(700).fill(1), 1);
    redundant.keep(new Uint8Array(700).fill(2), 2);
    const wrapped = redundant.wrap(new Uint8Array(500).fill(3), 3, 2);
    assert.equal(wrapped.length, 4 + 1 + 700 + 500);
    assert.deepEqual([wrapped[5], wrapped[704], wrapped[705]], [2, 2, 3]);
    redundant.keep(new Uint8Array(1_100), 3);
    assert.equal(redundant.wrap(Uint8Array.of(9), 4, 1).length, 2);
  });
});
