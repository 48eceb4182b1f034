import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from './g711.ts';

const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code);
const allSamples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

test('[EAR2] known µ-law codes decode to the values of ITU-T G.711', () => {
  const codes = Uint8Array.of(0x00, 0x80, 0x7f, 0xff, 0x10, 0x8f, 0xf0);
  assert.deepEqual([...decodeMuLaw(codes)], [-32_124, 32_124, 0, 0, -15_996, 16_764, 120]);
});

test('[EAR2] known A-law codes decode to the values of ITU-T G.711', () => {
  const codes = Uint8Array.of(0x55, 0xd5, 0x2a, 0xaa, 0x00, 0x80);
  assert.deepEqual([...decodeALaw(codes)], [-8, 8, -32_256, 32_256, -5_504, 5_504]);
});

test('[EAR2] every G.711 code survives decoding and encoding', () => {
  // µ-law has two zeros; the negative one comes back as the positive one.
  const expected = allCodes.map((code) => (code === 0x7f ? 0xff : code));
  assert.deepEqual(encodeMuLaw(decodeMuLaw(allCodes)), expected);
  assert.deepEqual(encodeALaw(decodeALaw(allCodes)), allCodes);
});

for (const [name, encode, decode] of [
  ['µ-law', encodeMuLaw, decodeMuLaw],
  ['A-law', encodeALaw, decodeALaw],
] as const) {
  test(`[EAR2] ${name} keeps every sample within its quantisation step`, () => {
    const decoded = decode(encode(allSamples));
    for (const [i, sample] of allSamples.entries()) {
      const error = Math.abs((decoded[i] ?? 0) - sample);
      // Half of a step, which grows with the sample; A-law steps are at least 16.
      const limit = Math.max(8, (Math.abs(sample) + 132) / 31);
      assert.ok(error <= limit, `${sample} became ${decoded[i]}`);
    }
  });
}
