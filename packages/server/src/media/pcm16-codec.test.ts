import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SLOT_SAMPLES } from '@prism/core';
import { createPcm16Codec } from './pcm16-codec.ts';

suite('PCM', () => {
  test('[MWS10] samples go as 16 bits, little-endian, and come back as they were', () => {
    const pcm = Int16Array.from({ length: SLOT_SAMPLES }, (_, index) => index * 136 - 32_768);
    const packet = createPcm16Codec().openEncoder().encode(pcm);
    assert.equal(packet.length, 960);
    assert.deepEqual([packet[0], packet[1], packet[2], packet[3]], [0x00, 0x80, 0x88, 0x80]);
    assert.deepEqual(createPcm16Codec().openDecoder().decode(packet), pcm);
  });

  test('[MWS10] half a sample, nothing, and more than 120 ms are refused', () => {
    const decoder = createPcm16Codec().openDecoder();
    for (const bytes of [0, 1, 961, 5_762])
      assert.equal(decoder.decode(new Uint8Array(bytes)), undefined, String(bytes));
    assert.equal(decoder.decode(new Uint8Array(5_760))?.length, 2_880);
    assert.ok(decoder.conceal(480).every((sample) => sample === 0));
  });
});
