import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  handedOverRtpTimestamp,
  heardRtpTimestamp,
  playoutDelays,
  playoutSums,
  sourceTimeMs,
} from './playout-position.ts';
import type { WireObject } from './wire-event.ts';

const PACKET = { ssrc: 7, rtpTimestamp: 96_000, atMs: 1_000 };

test('[REP6] what is heard is the packet handed over, its age on, the output latency back', () => {
  assert.equal(handedOverRtpTimestamp(PACKET, 1_010), 96_000 + 10 * 48);
  assert.equal(heardRtpTimestamp(PACKET, 1_010, 30), 96_000 - 20 * 48);
});

test('[REP6] a stream that has stopped stays at the end of its last packet', () => {
  assert.equal(handedOverRtpTimestamp(PACKET, 5_000), 96_000 + 20 * 48);
  assert.equal(heardRtpTimestamp(PACKET, 5_000, 30), 96_000 + 20 * 48);
});

test('[REP6] a clock that is a little behind does not go back before the packet', () => {
  assert.equal(handedOverRtpTimestamp(PACKET, 999), 96_000);
});

test('[REP6] the time of a packet is read from the epoch and from the time origin', () => {
  const timeOriginMs = 1_790_000_000_000;
  assert.equal(sourceTimeMs(timeOriginMs + 5_000, timeOriginMs), 5_000);
  assert.equal(sourceTimeMs(5_000, timeOriginMs), 5_000);
});

test('[REP6] RTP time wraps', () => {
  const packet = { ssrc: 7, rtpTimestamp: 0xffff_ffff, atMs: 0 };
  assert.equal(handedOverRtpTimestamp(packet, 10), 479);
  assert.equal(heardRtpTimestamp({ ...packet, rtpTimestamp: 0 }, 0, 10), 2 ** 32 - 480);
});

test('[REP6] delays are of the newest interval, and absent where the browser is silent', () => {
  const records = (jitterS: number, playoutS: number): Map<string, WireObject> =>
    new Map([
      [
        'video',
        { type: 'inbound-rtp', kind: 'video', jitterBufferDelay: 9, jitterBufferEmittedCount: 1 },
      ],
      [
        'in',
        {
          type: 'inbound-rtp',
          kind: 'audio',
          jitterBufferDelay: jitterS,
          jitterBufferEmittedCount: jitterS * 20,
        },
      ],
      [
        'out',
        { type: 'media-playout', totalPlayoutDelay: playoutS, totalSamplesCount: playoutS * 40 },
      ],
    ]);
  const before = playoutSums(records(100, 100));
  const now = { ...playoutSums(records(104, 102)), jitterBufferCount: 2_100, playoutCount: 4_050 };
  assert.deepEqual(playoutDelays(now, before), { jitterBufferMs: 40, outputLatencyMs: 40 });
  assert.deepEqual(playoutDelays(now, now), {});
  assert.deepEqual(playoutDelays(playoutSums(new Map()), undefined), {});
});
