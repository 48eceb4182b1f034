import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FrameBoundary } from './frame-boundary.ts';
import { maskInto } from './masking.ts';
import {
  frameHeadBytes,
  maskedTextEnd,
  maskedTextStart,
  writeTextFrameHead,
} from './text-frame.ts';

/** The examples of RFC 6455, section 5.7. */
const HELLO = [0x48, 0x65, 0x6c, 0x6c, 0x6f];
const TEXT = [0x81, 0x05, ...HELLO];
const MASKED_TEXT = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const FRAGMENTS = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
const MASKED_PONG = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const BINARY_256 = [0x82, 0x7e, 0x01, 0x00, ...Array.from({ length: 256 }, () => 0x81)];
const BINARY_64_KIB = [
  ...[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0],
  ...Array.from({ length: 65_536 }, () => 0x81),
];
const CLOSE = [0x88, 0x02, 0x03, 0xe8];

function headOf(payloadBytes: number, isMasked: boolean): readonly number[] {
  const head = new Uint8Array(frameHeadBytes(payloadBytes, isMasked));
  writeTextFrameHead(head, payloadBytes, isMasked);
  return [...head];
}

suite('text frames', () => {
  test('[WIR9] have the shortest length there is for them', () => {
    assert.deepEqual(headOf(5, false), TEXT.slice(0, 2));
    assert.deepEqual(headOf(125, false), [0x81, 125]);
    assert.deepEqual(headOf(126, false), [0x81, 126, 0, 126]);
    assert.deepEqual(headOf(65_535, false), [0x81, 126, 0xff, 0xff]);
    assert.deepEqual(headOf(65_536, false), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert.deepEqual(headOf(5, true), [0x81, 0x85, 0, 0, 0, 0]);
    assert.deepEqual(headOf(256, true), [0x81, 0xfe, 1, 0, 0, 0, 0, 0]);
  });

  test('[WIR9] whole and masked, are found where they lie', () => {
    const twice = Uint8Array.of(...MASKED_TEXT, ...MASKED_TEXT);
    for (const start of [0, 11]) {
      assert.equal(maskedTextStart(twice, start), start + 6);
      assert.equal(maskedTextEnd(twice, start, start + 6), start + 11);
    }
    const long = new Uint8Array(8 + 300);
    writeTextFrameHead(long, 300, true);
    assert.equal(maskedTextStart(long, 0), 8);
    assert.equal(maskedTextEnd(long, 0, 8), 308);
  });

  test('[WIR9] no other frame is taken for one', () => {
    const compressed = [0xc1, ...MASKED_TEXT.slice(1)];
    const longest = new Uint8Array(14 + 65_536);
    writeTextFrameHead(longest, 65_536, true);
    for (const bytes of [[], TEXT, FRAGMENTS, MASKED_PONG, BINARY_256, CLOSE, compressed, longest])
      assert.equal(maskedTextStart(Uint8Array.from(bytes), 0), 0);
    for (let length = 0; length < MASKED_TEXT.length; length += 1)
      assert.equal(maskedTextStart(Uint8Array.from(MASKED_TEXT.slice(0, length)), 0), 0);
  });
});

suite('masks', () => {
  test('[WIR9] a mask comes off and goes on', () => {
    const bytes = Uint8Array.from(MASKED_TEXT);
    maskInto(bytes, 6, bytes.subarray(6));
    assert.deepEqual([...bytes.subarray(6)], HELLO);
    maskInto(bytes, 6, bytes.subarray(6));
    assert.deepEqual([...bytes], MASKED_TEXT);
  });

  test('[WIR9] wherever the bytes lie in memory, and however many they are', () => {
    const mask = [0x37, 0xfa, 0x21, 0x3d];
    const source = Uint8Array.from({ length: 40 }, (_, index) => index * 13);
    // Each remainder of both places and of the length.
    for (let combination = 0; combination < 4 * 4 * 30; combination += 1) {
      const sourceAt = combination % 4;
      const start = 4 + ((combination >> 2) % 4);
      const length = combination >> 4;
      const target = new Uint8Array(40);
      target.set(mask, start - 4);
      maskInto(target, start, source.subarray(sourceAt, sourceAt + length));
      const expected = new Uint8Array(40);
      expected.set(mask, start - 4);
      for (let at = 0; at < length; at += 1)
        expected[start + at] = ((sourceAt + at) * 13) ^ (mask[at % 4] ?? 0);
      assert.deepEqual(target, expected, `${sourceAt}, ${start}, ${length}`);
    }
  });
});

/** A frame is known to end where it does, and nowhere before. */
function passInSteps(frame: readonly number[], stepBytes: number): void {
  const boundary = new FrameBoundary();
  for (let at = 0; at < frame.length; at += stepBytes) {
    if (at > 0) assert.equal(boundary.isBetweenMessages, false);
    boundary.pass(Uint8Array.from(frame.slice(at, at + stepBytes)));
  }
  assert.ok(boundary.isBetweenMessages);
}

suite('frame boundaries', () => {
  const FRAMES = [TEXT, FRAGMENTS, MASKED_PONG, BINARY_256, MASKED_TEXT, BINARY_64_KIB, [0x81, 0]];

  test('[WIR9] are known however the bytes come', () => {
    const whole = new FrameBoundary();
    for (const frame of FRAMES) {
      assert.ok(whole.isBetweenMessages);
      whole.pass(Uint8Array.from(frame));
    }
    assert.ok(whole.isBetweenMessages);
    for (const frame of FRAMES)
      for (const stepBytes of [1, 2, 3, 7, 100]) passInSteps(frame, stepBytes);
  });

  test('[WIR9] a control frame between fragments ends no message', () => {
    const boundary = new FrameBoundary();
    boundary.pass(Uint8Array.from(FRAGMENTS.slice(0, 5)));
    boundary.pass(Uint8Array.from(MASKED_PONG));
    assert.equal(boundary.isBetweenMessages, false);
    boundary.pass(Uint8Array.from(FRAGMENTS.slice(5)));
    assert.ok(boundary.isBetweenMessages);
  });

  test('[WIR9] a close frame is the last', () => {
    const boundary = new FrameBoundary();
    boundary.pass(Uint8Array.from(BINARY_256));
    assert.equal(boundary.hasClosed, false);
    boundary.pass(Uint8Array.from([...CLOSE, ...BINARY_256.slice(0, 9)]));
    assert.ok(boundary.hasClosed);
  });

  test('[WIR9] a close frame has closed when all of it has come', () => {
    const boundary = new FrameBoundary();
    for (const byte of CLOSE) {
      assert.equal(boundary.hasClosed, false);
      boundary.pass(Uint8Array.of(byte));
    }
    assert.ok(boundary.hasClosed);
  });
});
