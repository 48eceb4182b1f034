import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AudioCodec, type MonotonicMs, SLOT_SAMPLES } from '@prism/core';
import {
  compactNtp,
  isRtcp,
  parseRtpPacket,
  type RtcpPacket,
  readRtcp,
  writeRtcp,
  writeRtpHeader,
} from '@prism/protocol';
import { AudioAttachment } from './audio-attachment.ts';

const OUR_SSRC = 7;
const THEIR_SSRC = 8;
const OPUS = 111;
const RED = 63;

/** An attachment with a codec that counts, on a clock moved by hand. */
class AttachmentBench {
  readonly sent: Uint8Array[] = [];
  readonly expectedLosses: number[] = [];
  readonly attachment: AudioAttachment;
  #nowMs = 0;
  #slot = 0;

  constructor(redPayloadType?: number) {
    let encoded = 0;
    const codec: AudioCodec = {
      openDecoder: () => ({
        decode: () => new Int16Array(SLOT_SAMPLES),
        decodeFec: () => undefined,
        conceal: (samples) => new Int16Array(samples),
        close: () => undefined,
      }),
      openEncoder: () => ({
        encode: () => Uint8Array.of(1, encoded++),
        protect: (lossPercent) => this.expectedLosses.push(lossPercent),
        close: () => undefined,
      }),
    };
    this.attachment = new AudioAttachment({
      codecs: { opus: codec, pcmu: codec, pcma: codec, pcm16: codec },
      audio: {
        codec: 'opus',
        payloadType: OPUS,
        redPayloadType,
        ssrc: OUR_SSRC,
        cname: 'prism',
        formats: new Map([[OPUS, 'opus']]),
        isNackNegotiated: true,
      },
      setTimer: () => ({ cancel: () => undefined }),
      wallOffsetMs: 1_790_000_000_000,
      tick: {
        slotPositionAt: (nowMs) => nowMs / 20,
        add: () => undefined,
        remove: () => undefined,
      },
      start: { sequenceNumber: 100, timestamp: 0 },
      receive: () => undefined,
      send: (bytes) => this.sent.push(bytes.slice()),
    });
  }

  sendFrames(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#slot += 1;
      this.#nowMs = this.#slot * 20;
      this.attachment.sendFrame(new Int16Array(SLOT_SAMPLES), this.#slot, this.#now);
    }
  }

  hear(...packets: RtcpPacket[]): void {
    this.attachment.packet(writeRtcp(packets), this.#now);
  }

  hearBytes(bytes: Uint8Array): void {
    this.attachment.packet(bytes, this.#now);
  }

  /** What was sent since the last call, RTP alone. */
  takeRtp(): {
    readonly sequenceNumber: number;
    readonly payloadType: number;
    readonly payload: number[];
  }[] {
    return this.sent.splice(0).flatMap((bytes) => {
      const packet = isRtcp(bytes) ? undefined : parseRtpPacket(bytes);
      if (packet === undefined) return [];
      const { sequenceNumber, payloadType, payload } = packet;
      return [{ sequenceNumber, payloadType, payload: [...payload] }];
    });
  }

  get #now(): MonotonicMs {
    return this.#nowMs as MonotonicMs;
  }
}

function loss(fractionLost: number, lastSenderReport = 0, packetsLost = 3): RtcpPacket {
  const block = {
    ssrc: OUR_SSRC,
    fractionLost: Math.round(fractionLost * 256),
    packetsLost,
    extendedSequenceNumber: 0,
    jitterTicks: 96,
    lastSenderReport,
    delaySinceLastSenderReport: 0,
  };
  return { type: 'receiver_report', ssrc: THEIR_SSRC, reports: [block] };
}

function nack(sequenceNumbers: readonly number[], mediaSsrc = OUR_SSRC): RtcpPacket {
  return { type: 'nack', senderSsrc: THEIR_SSRC, mediaSsrc, sequenceNumbers };
}

function received(sequenceNumber: number): Uint8Array {
  const packet = new Uint8Array(20);
  writeRtpHeader(packet, {
    payloadType: OPUS,
    hasMarker: false,
    sequenceNumber,
    timestamp: sequenceNumber * 960,
    ssrc: THEIR_SSRC,
  });
  return packet;
}

suite('audio attachment', () => {
  test('[HLD4] what is missing is asked for by NACK, under the name of our stream', () => {
    const bench = new AttachmentBench();
    bench.hearBytes(received(1));
    bench.hearBytes(received(4));
    const asked = bench.sent.flatMap((bytes) => readRtcp(bytes)?.packets ?? []);
    assert.deepEqual(asked, [
      { type: 'nack', senderSsrc: OUR_SSRC, mediaSsrc: THEIR_SSRC, sequenceNumbers: [2, 3] },
    ]);
    assert.equal(bench.attachment.stats().inbound.nacksSent, 2);
  });

  test('[HLD12] the data channel tells the round trip until reports do', () => {
    const bench = new AttachmentBench();
    assert.equal(bench.attachment.stats().rttMs, undefined);
    bench.attachment.channelRtt(80);
    assert.equal(bench.attachment.stats().rttMs, 80);
    bench.sendFrames(1);
    const report = bench.sent.flatMap((bytes) => readRtcp(bytes)?.packets ?? [])[0];
    assert.ok(report?.type === 'sender_report');
    bench.sendFrames(2);
    bench.hear(loss(0, compactNtp(report.ntpTime)));
    assert.ok(Math.abs((bench.attachment.stats().rttMs ?? 0) - 40) < 1);
  });

  test('[HLD12] [HLD4] a first report that a pause held up does not keep from asking', () => {
    const bench = new AttachmentBench();
    bench.attachment.channelRtt(20);
    bench.sendFrames(1);
    const report = bench.sent.flatMap((bytes) => readRtcp(bytes)?.packets ?? [])[0];
    assert.ok(report?.type === 'sender_report');
    bench.sendFrames(10);
    bench.hear(loss(0, compactNtp(report.ntpTime)));
    bench.sent.splice(0);
    bench.hearBytes(received(1));
    bench.hearBytes(received(3));
    const asked = bench.sent.flatMap((bytes) => readRtcp(bytes)?.packets ?? []);
    assert.deepEqual(
      asked.flatMap((packet) => (packet.type === 'nack' ? packet.sequenceNumbers : [])),
      [2],
    );
  });

  test('[SND1] what the client misses is sent again, and counted', () => {
    const bench = new AttachmentBench();
    bench.sendFrames(5);
    const first = bench.takeRtp();
    bench.hear(nack([101, 103, 999]));
    assert.deepEqual(bench.takeRtp(), [first[1], first[3]]);
    bench.hear(nack([101], THEIR_SSRC));
    assert.deepEqual(bench.takeRtp(), []);
    const { outbound } = bench.attachment.stats();
    assert.deepEqual(
      [outbound.nacksReceived, outbound.nacksAnswered, outbound.packets, outbound.bytes],
      [3, 2, 5, 10],
    );
  });

  test('[SND3] reported loss turns to the encoder where redundant audio was not negotiated', () => {
    const bench = new AttachmentBench();
    bench.hear(loss(0.08));
    assert.equal(bench.expectedLosses.at(-1), 8);
    bench.sendFrames(2);
    assert.deepEqual(
      new Set(bench.takeRtp().map(({ payloadType }) => payloadType)),
      new Set([OPUS]),
    );
    assert.equal(bench.attachment.stats().outbound.protection, 'fec');
  });

  test('[SND3] [SND4] and to redundant audio where it was', () => {
    const bench = new AttachmentBench(RED);
    bench.sendFrames(1);
    bench.hear(loss(0.08));
    bench.sendFrames(1);
    const [plain, red] = bench.takeRtp();
    assert.deepEqual([plain?.payloadType, red?.payloadType], [OPUS, RED]);
    assert.deepEqual(red?.payload.slice(-4), [1, 0, 1, 1]);
    assert.deepEqual(new Set(bench.expectedLosses), new Set([0]));
    assert.equal(bench.attachment.stats().outbound.protection, 'red');
  });

  test('[RTC3] [RTC8] RTCP is counted whatever it holds, and reports show in the statistics', () => {
    const bench = new AttachmentBench();
    bench.sendFrames(5);
    bench.hearBytes(Uint8Array.of(0x81, 0xc9, 0, 9, 0, 0, 0, 0));
    bench.hear({ type: 'bye', ssrcs: [THEIR_SSRC] });
    bench.hear(loss(0.25));
    bench.hearBytes(received(1));
    const stats = bench.attachment.stats();
    assert.deepEqual(stats.rtcp, { reportsSent: 1, reportsReceived: 1, packetsMalformed: 1 });
    assert.deepEqual(
      [stats.outbound.fractionLost, stats.outbound.packetsLost, stats.outbound.jitterMs],
      [0.25, 3, 2],
    );
    assert.deepEqual(
      [stats.inbound.packets, stats.inbound.bytes, stats.inbound.packetsLost],
      [1, 8, 0],
    );
  });

  test('[RTC11] of what a client says that it lost no more counts than it was sent', () => {
    const bench = new AttachmentBench();
    bench.sendFrames(5);
    for (const [told, counted] of [
      [0x7fffff, 5],
      [-1, 0],
      [4, 4],
    ] as const) {
      bench.hear(loss(0, 0, told));
      assert.equal(bench.attachment.stats().outbound.packetsLost, counted);
    }
  });

  test('[RTC7] [RTC9] the first frame is followed by a report, the end by goodbye and nothing more', () => {
    const bench = new AttachmentBench();
    const kinds = (): string[][] =>
      bench.sent
        .splice(0)
        .flatMap((bytes) =>
          isRtcp(bytes) ? [(readRtcp(bytes)?.packets ?? []).map(({ type }) => type)] : [],
        );
    bench.sendFrames(3);
    assert.deepEqual(kinds(), [['sender_report', 'source_description']]);
    bench.attachment.close(60 as MonotonicMs);
    assert.deepEqual(kinds(), [['sender_report', 'source_description', 'bye']]);
    bench.attachment.close(60 as MonotonicMs);
    bench.sendFrames(3);
    bench.hear(nack([101]));
    assert.deepEqual(bench.sent, []);
  });
});
