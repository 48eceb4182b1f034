import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CODE_FRAME_SAMPLES,
  decodeTimeCode,
  encodeTimeCode,
  reportTimeCode,
  type TimeCodeMark,
} from '@prism/engine';
import { createOpusCodec } from '@prism/server/internal';

/** What libopus adds at 24 kHz before the sound comes out again. */
const CODEC_DELAY_MS = 6.5;

const FRAME_MS = 20;
const CODE_COUNT = 4_096;

/** Opus at 24 kbit/s; `isLost` says which packets are concealed at the other end. */
function throughOpus(
  pcm: Int16Array,
  isLost: (packet: number) => boolean = () => false,
): Int16Array {
  const codec = createOpusCodec({ bitrateBps: 24_000 });
  const encoder = codec.openEncoder();
  const decoder = codec.openDecoder();
  const heard = new Int16Array(pcm.length);
  for (let at = 0; at + CODE_FRAME_SAMPLES <= pcm.length; at += CODE_FRAME_SAMPLES) {
    const packet = encoder.encode(pcm.subarray(at, at + CODE_FRAME_SAMPLES));
    const decoded = isLost(at / CODE_FRAME_SAMPLES)
      ? decoder.conceal(CODE_FRAME_SAMPLES)
      : decoder.decode(packet);
    heard.set(decoded ?? new Int16Array(0), at);
  }
  encoder.close();
  decoder.close();
  return heard;
}

/** Coded sound behind some silence, and two frames of silence behind it that let the codec's delay out. */
function recorded(firstFrame: number, frameCount: number, offsetSamples: number): Int16Array {
  const coded = encodeTimeCode(firstFrame, frameCount);
  const pcm = new Int16Array(
    Math.ceil(offsetSamples / CODE_FRAME_SAMPLES + frameCount + 2) * CODE_FRAME_SAMPLES,
  );
  pcm.set(coded, offsetSamples);
  return pcm;
}

function codesOf(marks: readonly TimeCodeMark[]): number[] {
  return marks.map(({ code }) => code);
}

test('[TMC6] all 4096 codes come through Opus at 24 kbit/s, once each, wherever they begin', () => {
  for (const offsetSamples of [0, 7, 240, 333]) {
    const marks = decodeTimeCode(throughOpus(recorded(0, CODE_COUNT, offsetSamples)));
    assert.deepEqual(
      codesOf(marks),
      Array.from({ length: CODE_COUNT }, (_, index) => index),
      `offset ${offsetSamples}`,
    );
    for (const [index, { atMs }] of marks.entries()) {
      const dueMs = offsetSamples / 24 + index * FRAME_MS + CODEC_DELAY_MS;
      assert.ok(Math.abs(atMs - dueMs) < 10, `frame ${index} at ${atMs}, due at ${dueMs}`);
    }
  }
});

test('[TMC6] the delay of a channel is measured to a millisecond over a second of sound', () => {
  const marks = decodeTimeCode(throughOpus(recorded(500, 50, 100)));
  const delaysMs = marks
    .map(({ atMs }, index) => atMs - (100 / 24 + index * FRAME_MS))
    .sort((left, right) => left - right);
  const medianMs = delaysMs[25] ?? Number.NaN;
  assert.ok(Math.abs(medianMs - CODEC_DELAY_MS) < 1, `${medianMs} ms`);
});

test('[TMC6] lost packets and a cut answer show as missing frames', () => {
  const pcm = recorded(0, 200, 0);
  const isLost = (packet: number): boolean => packet >= 60 && packet < 70;
  const lossy = reportTimeCode(decodeTimeCode(throughOpus(pcm, isLost)));
  assert.equal(lossy.firstFrame, 0);
  assert.equal(lossy.lastFrame, 199);
  // A packet carries the end of one coded frame and the beginning of the next, which the loss may spoil as well.
  assert.ok(lossy.missingCount >= 8 && lossy.missingCount <= 12, `${lossy.missingCount} missing`);
  const cut = reportTimeCode(decodeTimeCode(throughOpus(pcm.subarray(0, 120 * 480))));
  assert.ok(cut.lastFrame === 118 || cut.lastFrame === 119);
  assert.equal(cut.missingCount, 0);
});
