import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isOpusDtx, opusFecTicks, opusPacketTicks } from './opus-packet.ts';

const ticksOf = (...bytes: number[]): number => opusPacketTicks(Uint8Array.from(bytes));

/** `count` bytes of a frame. */
const frame = (count: number): number[] => new Array<number>(count).fill(7);

suite('Opus packet', () => {
  test('[OPU6] the length is read from the first byte: mode, frame length, number of frames', () => {
    // SILK 10 to 60 ms, hybrid 10 and 20 ms, CELT 2.5 to 20 ms (RFC 6716, table 2).
    const lengthsMs = [0, 1, 2, 3, 12, 13, 16, 17, 18, 19].map(
      (configuration) => ticksOf(configuration << 3, 1) / 48,
    );
    assert.deepEqual(lengthsMs, [10, 20, 40, 60, 10, 20, 2.5, 5, 10, 20]);
    assert.equal(ticksOf((19 << 3) | 1, ...frame(4)), 2 * 960);
    assert.equal(ticksOf((19 << 3) | 2, 1, ...frame(4)), 2 * 960);
    assert.equal(ticksOf((19 << 3) | 3, 6, ...frame(12)), 6 * 960);
    assert.equal(ticksOf((19 << 3) | 3, 0x80 | 3, 1, 2, ...frame(9)), 3 * 960);
    assert.equal(ticksOf((19 << 3) | 3, 0x40 | 2, 3, ...frame(4), 0, 0, 0), 2 * 960);
  });

  test('[OPU6] a packet that breaks the rules of its own structure has no length', () => {
    for (const packet of [
      [],
      [19 << 3, ...frame(1_276)],
      [(19 << 3) | 1, ...frame(3)],
      [(19 << 3) | 2],
      [(19 << 3) | 2, 5, ...frame(4)],
      [(19 << 3) | 2, 252],
      [(19 << 3) | 3],
      [(19 << 3) | 3, 0],
      [(19 << 3) | 3, 7, ...frame(14)],
      [(3 << 3) | 3, 3, ...frame(3)],
      [(19 << 3) | 3, 2, ...frame(3)],
      [(19 << 3) | 3, 0x40 | 2, 255],
      [(19 << 3) | 3, 0x40 | 2, 9, ...frame(4)],
      [(19 << 3) | 3, 0x80 | 3, 1],
      [(19 << 3) | 3, 0x80 | 2, 9, ...frame(4)],
    ])
      assert.equal(ticksOf(...packet), 0, JSON.stringify(packet.slice(0, 6)));
  });

  test('[FEC1] in-band FEC is read from the flags of the first SILK frame', () => {
    const fecOf = (...bytes: number[]): number => opusFecTicks(Uint8Array.from(bytes));
    assert.equal(fecOf(1 << 3, 0b1100_0000), 960);
    assert.equal(fecOf(1 << 3, 0b1000_0000), 0);
    assert.equal(fecOf(0 << 3, 0b0100_0000), 480);
    assert.equal(fecOf(13 << 3, 0b0100_0000), 960);
    assert.equal(fecOf(2 << 3, 0b0010_0000), 1_920);
    assert.equal(fecOf(3 << 3, 0b0001_0000), 2_880);
    assert.equal(fecOf((1 << 3) | 4, 0b0001_0000), 960);
    assert.equal(fecOf((1 << 3) | 2, 1, 0b0100_0000, 7), 960);
    assert.equal(fecOf((1 << 3) | 3, 0xc0 | 2, 1, 1, 0b0100_0000, 7, 0), 960);
    assert.equal(fecOf(19 << 3, 0xff), 0);
    assert.equal(fecOf(1 << 3), 0);
  });

  test('[RTP14] discontinuous transmission is a packet of a byte or two', () => {
    assert.deepEqual(
      [1, 2, 3].map((lengthBytes) => isOpusDtx(new Uint8Array(lengthBytes))),
      [true, true, false],
    );
  });
});
