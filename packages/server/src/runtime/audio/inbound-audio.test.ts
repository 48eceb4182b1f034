import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AudioCodec, type AudioDecoder, SAMPLES_PER_MS } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import { MediaTick } from '../media-tick.ts';
import { InboundAudio } from './inbound-audio.ts';

/** A packet of 20 ms; `marks` are its bytes after the first. The stub decoder refuses those that begin with 13. */
function packetOf(sequenceNumber: number, ...marks: number[]): Uint8Array {
  const packet = new Uint8Array(RTP_HEADER_BYTES + 1 + marks.length);
  const timestamp = sequenceNumber * 960;
  const header = { payloadType: 111, hasMarker: false, sequenceNumber, timestamp, ssrc: 77 };
  writeRtpHeader(packet, header);
  packet.set([0x98, ...marks], RTP_HEADER_BYTES);
  return packet;
}

/** Inbound audio over a decoder that tells what it was asked. */
class Bench {
  readonly clock = new ManualClock();
  readonly done: string[] = [];
  readonly asked: (readonly number[])[] = [];
  receivedSamples = 0;
  onReceive: (pcm: Int16Array) => void = () => undefined;
  isDecoderOpen = true;
  readonly #decoder: AudioDecoder = {
    decode: (payload) => this.#did('decode', payload[1] === 13 ? undefined : 480),
    decodeFec: (_, samples) => this.#did('fec', samples),
    conceal: (samples) => this.#did('conceal', samples) ?? new Int16Array(0),
    close: () => {
      this.isDecoderOpen = false;
    },
  };
  readonly #codec: AudioCodec = {
    openDecoder: () => this.#decoder,
    openEncoder: () => assert.fail('nothing is sent'),
  };
  readonly #tick = new MediaTick(this.clock);
  readonly audio = new InboundAudio({
    codecs: { opus: this.#codec, pcmu: this.#codec, pcma: this.#codec, pcm16: this.#codec },
    formats: new Map([[111, 'opus']]),
    isNackNegotiated: true,
    setTimer: (atMs, fire) => this.clock.setTimer(atMs, () => fire(this.clock.nowMs())),
    tick: this.#tick,
    receive: (pcm) => {
      this.receivedSamples += pcm.length;
      this.onReceive(pcm);
    },
    arrived: () => undefined,
    requestPackets: (ssrc, sequenceNumbers) => {
      assert.equal(ssrc, 77);
      this.asked.push(sequenceNumbers);
    },
  });

  push(sequenceNumber: number, ...marks: number[]): void {
    this.audio.rtp(packetOf(sequenceNumber, ...marks), this.clock.nowMs());
  }

  #did(what: string, samples: number | undefined): Int16Array | undefined {
    assert.ok(this.isDecoderOpen, 'a closed decoder is not used');
    this.done.push(samples === undefined ? what : `${what} ${samples / SAMPLES_PER_MS}`);
    return samples === undefined ? undefined : new Int16Array(samples);
  }
}

suite('inbound audio', () => {
  test('[HLD8] a timer is armed while a gap is open, and only then', () => {
    const bench = new Bench();
    bench.audio.setRttMs(20);
    bench.push(1, 1, 1);
    bench.push(2, 1, 1);
    assert.equal(bench.clock.armedCount, 0);
    bench.push(4, 1, 1);
    bench.push(5, 1, 1);
    assert.equal(bench.clock.armedCount, 1);
    assert.deepEqual(bench.asked, [[3]]);
    bench.clock.advance(89);
    assert.equal(bench.receivedSamples, 2 * 480);
    assert.equal(bench.asked.length, 8);
    assert.ok(bench.asked.every(([sequenceNumber]) => sequenceNumber === 3));
    bench.clock.advance(1);
    assert.deepEqual(bench.done.slice(2), ['conceal 20', 'decode 20', 'decode 20']);
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[DTX1] [DTX4] silence is played while a pause lasts, on the media tick, and only then', () => {
    const bench = new Bench();
    bench.push(1, 1, 1);
    bench.clock.advance(20);
    bench.push(2);
    assert.equal(bench.clock.armedCount, 1);
    bench.clock.advance(180);
    assert.equal(bench.receivedSamples, (40 + 100) * SAMPLES_PER_MS);
    bench.push(3, 1, 1);
    assert.equal(bench.clock.armedCount, 0);
    bench.push(4);
    bench.clock.advance(60_000);
    assert.equal(bench.clock.armedCount, 0);
    bench.push(5);
    assert.equal(bench.clock.armedCount, 1);
    bench.audio.close();
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[RTP7] silence is silence, whatever was made of the silence before it', () => {
    const bench = new Bench();
    let loudest = 0;
    bench.onReceive = (pcm) => {
      loudest = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), loudest);
      pcm.fill(100);
    };
    bench.push(1, 1, 1);
    bench.clock.advance(20);
    bench.push(2);
    bench.clock.advance(180);
    assert.equal(bench.receivedSamples, (40 + 100) * SAMPLES_PER_MS);
    assert.equal(loudest, 0);
    bench.audio.close();
  });

  test('[RTP12] what the decoder refuses is concealed in its length, and the call goes on', () => {
    const bench = new Bench();
    for (let sequence = 1; sequence <= 100; sequence += 1)
      bench.push(sequence, sequence % 50 === 0 ? 13 : 1, 1);
    bench.audio.rtp(Uint8Array.of(1, 2, 3), bench.clock.nowMs());
    assert.equal(bench.receivedSamples, 100 * 480);
    const { packetsPlayed, packetsMalformed, packetsUnreadable, concealedSamples } =
      bench.audio.counters();
    assert.deepEqual(
      [packetsPlayed, packetsMalformed, packetsUnreadable, concealedSamples],
      [98, 2, 1, 960],
    );
  });

  test('[HLD8] closing frees the decoder and the timer, in the middle of a step too', () => {
    const bench = new Bench();
    bench.push(1, 1, 1);
    bench.push(20, 1, 1);
    assert.equal(bench.clock.armedCount, 1);
    bench.onReceive = () => bench.audio.close();
    bench.clock.advance(100);
    assert.deepEqual(bench.done, ['decode 20', 'conceal 100']);
    assert.equal(bench.clock.armedCount, 0);
    assert.equal(bench.isDecoderOpen, false);
    const waiting = new Bench();
    waiting.push(1, 1, 1);
    waiting.push(3, 1, 1);
    waiting.audio.close();
    assert.equal(waiting.clock.armedCount, 0);
  });
});
