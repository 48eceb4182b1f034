import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RtpPacket } from '@prism/protocol';
import fc from 'fast-check';
import { SLOT_SAMPLES } from './pcm.ts';
import { RtpReceiver } from './rtp-receiver.ts';

const PAYLOAD_TYPE = 111;
const SLOT_TICKS = SLOT_SAMPLES * 2;

function packet(sequenceNumber: number, overrides: Partial<RtpPacket> = {}): RtpPacket {
  return {
    payloadType: PAYLOAD_TYPE,
    hasMarker: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: (sequenceNumber * SLOT_TICKS) >>> 0,
    ssrc: 1,
    payload: Uint8Array.of(1),
    ...overrides,
  };
}

/** Pushes a packet of one slot; answers what was done with it in a few words. */
function push(receiver: RtpReceiver, received: RtpPacket): string {
  const verdict = receiver.push(received);
  if (verdict.type === 'drop') return verdict.why;
  receiver.played(SLOT_SAMPLES);
  return `${verdict.concealSamples / 24}+${verdict.silenceSamples / 24}`;
}

suite('RTP receiver', () => {
  test('[RTP4] in-order packets are played at once', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    const done = Array.from({ length: 20 }, (_, index) => push(receiver, packet(index)));
    assert.deepEqual(new Set(done), new Set(['0+0']));
  });

  test('[RTP5] duplicates, late packets and foreign payload types are dropped and counted', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    const done = [
      push(receiver, packet(1)),
      push(receiver, packet(1)),
      push(receiver, packet(3)),
      push(receiver, packet(2)),
      push(receiver, packet(4, { payloadType: 9 })),
    ];
    assert.deepEqual(done, ['0+0', 'duplicate', '20+0', 'late', 'foreign_payload']);
    const counters = receiver.counters();
    assert.deepEqual(
      [
        counters.packetsPlayed,
        counters.packetsDuplicate,
        counters.packetsLate,
        counters.packetsForeign,
      ],
      [2, 1, 1, 1],
    );
  });

  test('[RTP6] lost packets are concealed, then silent, then skipped', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    push(receiver, packet(0));
    assert.equal(push(receiver, packet(4)), '60+0');
    assert.equal(push(receiver, packet(15)), '100+100');
    assert.equal(push(receiver, packet(115)), '100+900');
    assert.equal(receiver.counters().skippedSamples, 49 * SLOT_SAMPLES);
  });

  test('[RTP7] a pause without loss becomes silence of its length', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    push(receiver, packet(0));
    assert.equal(push(receiver, packet(1, { timestamp: 21 * SLOT_TICKS })), '0+400');
  });

  test('[RTP8] wrapping numbers change nothing', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    const done = Array.from({ length: 40 }, (_, index) =>
      push(
        receiver,
        packet(65_520 + index, {
          timestamp: (0xffff_ffff - 10 * SLOT_TICKS + index * SLOT_TICKS) >>> 0,
        }),
      ),
    );
    assert.deepEqual(new Set(done), new Set(['0+0']));
  });

  test('[RTP9] a new source or a large jump starts a new timeline', () => {
    const receiver = new RtpReceiver(PAYLOAD_TYPE);
    push(receiver, packet(0));
    assert.equal(push(receiver, packet(500, { ssrc: 2 })), '0+0');
    assert.equal(push(receiver, packet(501, { ssrc: 2 })), '0+0');
    assert.equal(push(receiver, packet(9_000, { ssrc: 2 })), '0+0');
    assert.equal(receiver.counters().restarts, 2);
  });

  test('[RTP6] the timeline is never shortened by loss of up to a second', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), (steps) => {
        const receiver = new RtpReceiver(PAYLOAD_TYPE);
        let sequenceNumber = 65_000;
        push(receiver, packet(sequenceNumber));
        let playedSamples = SLOT_SAMPLES;
        for (const step of steps) {
          sequenceNumber += step;
          const verdict = receiver.push(packet(sequenceNumber));
          assert.equal(verdict.type, 'play');
          receiver.played(SLOT_SAMPLES);
          playedSamples += verdict.concealSamples + verdict.silenceSamples + SLOT_SAMPLES;
        }
        assert.equal(playedSamples, (sequenceNumber - 65_000 + 1) * SLOT_SAMPLES);
      }),
      { seed: 20_261_123 },
    );
  });
});
