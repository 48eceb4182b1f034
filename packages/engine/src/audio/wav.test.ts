import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { floatToPcm16, pcm16FromBytes, pcm16ToBytes, pcm16ToFloat } from './pcm16.ts';
import { decodeWav, encodeWav } from './wav.ts';

const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768, 1_234);

function patched(bytes: Uint8Array, offset: number, value: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(value, offset);
  return copy;
}

test('[EAR3] a recording survives writing and reading a WAV file', () => {
  assert.deepEqual(decodeWav(encodeWav({ pcm, rateHz: 24_000 })), {
    type: 'recording',
    recording: { pcm, rateHz: 24_000 },
  });
});

test('[EAR3] a WAV file whose data chunk claims too much is read as far as it goes', () => {
  const streamed = patched(encodeWav({ pcm, rateHz: 8_000 }), 40, [255, 255, 255, 255]);
  const result = decodeWav(streamed);
  assert.ok(result.type === 'recording');
  assert.deepEqual(result.recording.pcm, pcm);
});

test('[EAR3] stereo WAV files are mixed to one channel', () => {
  const bytes = patched(
    encodeWav({ pcm: Int16Array.of(100, 300, -50, 50), rateHz: 8_000 }),
    22,
    [2],
  );
  const result = decodeWav(bytes);
  assert.ok(result.type === 'recording');
  assert.deepEqual([...result.recording.pcm], [200, 0]);
});

test('[EAR3] files that are not 16-bit PCM WAV, or too long, are refused with a reason', () => {
  const good = encodeWav({ pcm, rateHz: 8_000 });
  const bad = [
    new Uint8Array(0),
    good.subarray(0, 30),
    good.subarray(0, 36),
    patched(good, 0, [0x52, 0x49, 0x46, 0x58]),
    patched(good, 20, [3]),
    patched(good, 34, [8]),
    patched(good, 22, [0]),
    patched(good, 24, [0, 0, 0, 0]),
    patched(good, 24, [255, 255, 255, 255]),
    patched(good, 12, [0x6a, 0x75, 0x6e, 0x6b]),
  ];
  for (const bytes of bad) assert.equal(decodeWav(bytes).type, 'refused');
  assert.equal(
    decodeWav(encodeWav({ pcm: new Int16Array(8_001), rateHz: 8_000 }), 1_000).type,
    'refused',
  );
});

test('[EAR3] no bytes at all make the WAV reader throw', () => {
  const header = encodeWav({ pcm, rateHz: 8_000 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, hasHeader) => {
      const input = hasHeader ? Uint8Array.of(...header.subarray(0, 12), ...bytes) : bytes;
      assert.match(decodeWav(input).type, /^(recording|refused)$/);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('[EAR3] PCM16 survives floats and bytes, and loud or broken floats saturate', () => {
  assert.deepEqual(floatToPcm16(pcm16ToFloat(pcm)), pcm);
  assert.deepEqual(pcm16FromBytes(pcm16ToBytes(pcm)), pcm);
  assert.deepEqual(pcm16FromBytes(Uint8Array.of(1, 2, 3)), Int16Array.of(0x0201));
  assert.deepEqual(
    [...floatToPcm16(Float32Array.of(2, -2, Number.NaN, Number.POSITIVE_INFINITY))],
    [32_767, -32_768, 0, 32_767],
  );
});
