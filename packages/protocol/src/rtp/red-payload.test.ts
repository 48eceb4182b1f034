import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { RED_BLOCK_COUNT_MAX, RedReader } from './red-payload.ts';

/** What a reader says of a payload, as data. */
function blocksOf(reader: RedReader): [number, number, number[]][] {
  return Array.from({ length: reader.blockCount }, (_, block) => [
    reader.payloadTypeAt(block),
    reader.offsetTicksAt(block),
    [...reader.payloadAt(block)],
  ]);
}

/** One redundant block's header (RFC 2198, section 3). */
function header(payloadType: number, offsetTicks: number, lengthBytes: number): number[] {
  const word = offsetTicks * 1_024 + lengthBytes;
  return [0x80 | payloadType, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff];
}

suite('RED payload', () => {
  test('[RED4] blocks are read oldest first, with their offsets, the primary one last', () => {
    const reader = new RedReader();
    const payload = [...header(111, 1_920, 2), ...header(111, 960, 1), 111, 1, 2, 3, 4, 5, 6];
    assert.equal(reader.read(Uint8Array.from(payload)), true);
    assert.deepEqual(blocksOf(reader), [
      [111, 1_920, [1, 2]],
      [111, 960, [3]],
      [111, 0, [4, 5, 6]],
    ]);
    assert.equal(reader.read(Uint8Array.of(0, 9)), true);
    assert.deepEqual(blocksOf(reader), [[0, 0, [9]]]);
  });

  test('[RED4] the largest offset and length are read', () => {
    const reader = new RedReader();
    const block = new Array<number>(1_023).fill(7);
    assert.equal(reader.read(Uint8Array.from([...header(8, 16_383, 1_023), 111, ...block])), true);
    assert.deepEqual(blocksOf(reader), [
      [8, 16_383, block],
      [111, 0, []],
    ]);
  });

  test('[RED1] headers that end early, blocks longer than the payload, and too many blocks are refused', () => {
    const reader = new RedReader();
    const tooMany = Array.from({ length: RED_BLOCK_COUNT_MAX }, () => header(111, 0, 0)).flat();
    for (const payload of [
      [],
      [0x80 | 111],
      [0x80 | 111, 0, 0],
      header(111, 960, 0),
      [...header(111, 960, 2), 111, 1],
      [...tooMany, 111],
    ]) {
      assert.equal(reader.read(Uint8Array.from(payload)), false);
      assert.equal(reader.blockCount, 0);
    }
    assert.equal(reader.read(Uint8Array.from([...tooMany.slice(4), 111])), true);
  });

  test('[RED1] nothing is read beyond the payload, whatever its bytes are', () => {
    const reader = new RedReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        if (!reader.read(payload)) return;
        const headersBytes = (reader.blockCount - 1) * 4 + 1;
        const blocksBytes = blocksOf(reader).reduce((sum, [, , bytes]) => sum + bytes.length, 0);
        assert.equal(headersBytes + blocksBytes, payload.length);
      }),
      { seed: 20_261_126, numRuns: 5_000 },
    );
  });
});
