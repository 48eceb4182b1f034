import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SLOT_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import { RtpSender } from '../audio/send/rtp-sender.ts';
import { SentHistory } from '../audio/send/sent-history.ts';
import { SessionBench } from '../testing/session-bench.ts';
import type { MonotonicMs } from '../time/clock.ts';

/** So few per round that the young generation isn't collected in between, whose room is a megabyte at first. */
const ROUND_PACKETS = 500;
const ROUND_COUNT = 30;
const HEAP_BYTES_MAX = 64;

/** An answer as long as the test, on its way from the session into RTP packets of 80 bytes. */
class Sending {
  readonly #session;
  readonly #sender = new RtpSender({ payloadType: 111, ssrc: 1, sequenceNumber: 0, timestamp: 0 });
  readonly #history = new SentHistory();
  readonly #payload = new Uint8Array(80);
  readonly #input = { type: 'media.slot' as const, stamp: { ssrc: 1, rtpTimestamp: 0, rttMs: 20 } };
  #slot = 0;
  sentCount = 0;

  constructor() {
    const bench = SessionBench.live();
    const frameCount = ROUND_PACKETS * ROUND_COUNT;
    bench.responseCreated();
    bench.answer(new Int16Array(frameCount * SLOT_SAMPLES).fill(99));
    this.#session = bench.session;
  }

  packets(count: number): void {
    for (let sent = 0; sent < count; sent += 1) {
      this.#slot += 1;
      const nowMs = (this.#slot * SLOT_MS) as MonotonicMs;
      this.#input.stamp.rtpTimestamp = this.#sender.timestampAt(this.#slot);
      this.#session.handle(this.#input, nowMs);
      for (let effect = this.#session.poll(); effect !== undefined; effect = this.#session.poll()) {
        if (effect.type !== 'media.frame') continue;
        const packet = this.#sender.packetize(this.#payload, this.#slot);
        this.#history.keep(this.#sender.lastSequenceNumber, packet, nowMs);
        this.sentCount += 1;
      }
    }
  }
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

suite('what a packet costs', () => {
  test('[SND5] a frame of an answer leaves at most 64 bytes of garbage between the session and the packet', () => {
    const collect = garbageCollector();
    const sending = new Sending();
    const bytesPerPacket = Array.from({ length: ROUND_COUNT }, () => {
      collect();
      const beforeBytes = process.memoryUsage().heapUsed;
      sending.packets(ROUND_PACKETS);
      return (process.memoryUsage().heapUsed - beforeBytes) / ROUND_PACKETS;
    });
    assert.equal(sending.sentCount, ROUND_PACKETS * ROUND_COUNT);
    // The first rounds run before the code is optimised.
    const settled = bytesPerPacket.slice(ROUND_COUNT / 2).sort((left, right) => left - right);
    const median = settled[settled.length >> 1] ?? Number.NaN;
    assert.ok(median <= HEAP_BYTES_MAX, bytesPerPacket.map(Math.round).join(' '));
  });
});
