import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRtpPacket } from '@prism/protocol';
import { SLOT_SAMPLES } from './pcm.ts';
import { RtpSender } from './rtp-sender.ts';

const SLOT_TICKS = SLOT_SAMPLES * 2;

suite('RTP sender', () => {
  test('[RTP10] RTP time follows the slots and the marker starts a talk spurt', () => {
    const sender = new RtpSender({
      payloadType: 111,
      ssrc: 7,
      sequenceNumber: 65_535,
      timestamp: 0xffff_fff0,
    });
    const sent = [10, 11, 20].map((slot) => {
      const read = parseRtpPacket(sender.packetize(Uint8Array.of(1, 2, 3), slot));
      assert.ok(read);
      assert.deepEqual([...read.payload], [1, 2, 3]);
      return [read.sequenceNumber, read.timestamp, read.hasMarker];
    });
    const timestampOf = (slot: number): number => (0xffff_fff0 + slot * SLOT_TICKS) >>> 0;
    assert.deepEqual(sent, [
      [65_535, timestampOf(10), true],
      [0, timestampOf(11), false],
      [1, timestampOf(20), true],
    ]);
  });
});
