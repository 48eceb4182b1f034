import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AudioEncoder, SAMPLE_RATE_HZ, SLOT_SAMPLES } from '@prism/core';
import { opusPacketTicks } from '@prism/protocol';
import fc from 'fast-check';
import { createOpusCodec } from './opus-codec.ts';

/** Both builds of libopus; where the native one doesn't load, both are WebAssembly. */
const CODECS = {
  native: createOpusCodec(),
  wasm: createOpusCodec({ encoder: 'wasm', decoder: 'wasm' }),
};

/** A 440 Hz tone at a quarter of full scale, from sample `startSamples` on. */
function tone(startSamples: number): Int16Array {
  return Int16Array.from(
    { length: SLOT_SAMPLES },
    (_, index) => 8_192 * Math.sin((2 * Math.PI * 440 * (startSamples + index)) / SAMPLE_RATE_HZ),
  );
}

function levelDb(pcm: Int16Array): number {
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  return 10 * Math.log10(power / 32_768 ** 2);
}

suite('Opus encoders', () => {
  for (const [build, itsCodec] of Object.entries(CODECS)) {
    test(`[OPU1] a slot survives encoding and decoding with its length and level (${build})`, () => {
      const encoder = itsCodec.openEncoder();
      const decoder = itsCodec.openDecoder();
      for (let slot = 0; slot < 25; slot += 1) {
        const sent = tone(slot * SLOT_SAMPLES);
        const heard = decoder.decode(encoder.encode(sent));
        assert.equal(heard?.length, SLOT_SAMPLES);
        if (slot > 2) assert.ok(Math.abs(levelDb(heard) - levelDb(sent)) < 1, `slot ${slot}`);
      }
      encoder.close();
      decoder.close();
    });

    test(`[OPU5] while loss is expected packets are SILK with a copy of the one before, and CELT again afterwards (${build})`, () => {
      const encoder = itsCodec.openEncoder();
      const decoder = itsCodec.openDecoder();
      let slot = 0;
      /** Of 25 packets those of SILK or hybrid mode, and those with a copy (RFC 6716, sections 3.1 and 4.2.3). */
      const encode25 = (): { readonly silkPackets: number; readonly copies: number } => {
        let silkPackets = 0;
        let copies = 0;
        for (let count = 0; count < 25; count += 1, slot += 1) {
          const sent = tone(slot * SLOT_SAMPLES);
          const payload = encoder.encode(sent);
          const isSilk = (payload[0] ?? 0) >> 3 < 16;
          if (isSilk) silkPackets += 1;
          // One frame of 20 ms: its voice activity comes first, then whether there is a copy.
          if (isSilk && ((payload[1] ?? 0) & 0x40) !== 0) copies += 1;
          const heard = decoder.decode(payload);
          if (slot > 2) assert.ok(Math.abs(levelDb(heard ?? sent) - levelDb(sent)) < 2, `${slot}`);
        }
        return { silkPackets, copies };
      };
      assert.equal(encode25().silkPackets, 0);
      encoder.protect(10);
      const expecting = encode25();
      assert.ok(expecting.silkPackets >= 24 && expecting.copies >= 20, JSON.stringify(expecting));
      encoder.protect(0);
      encode25();
      assert.equal(encode25().silkPackets, 0);
      encoder.close();
      decoder.close();
    });
  }

  test('[OPU7] an encoder that is used again begins anew, whatever it was told before', () => {
    const encode = (encoder: AudioEncoder): string[] =>
      Array.from({ length: 20 }, (_, slot) =>
        Buffer.from(encoder.encode(tone(slot * SLOT_SAMPLES))).toString('hex'),
      );
    for (const build of Object.values(CODECS)) {
      const first = build.openEncoder();
      const packets = encode(first);
      first.protect(20);
      encode(first);
      first.close();
      const second = build.openEncoder();
      assert.deepEqual(encode(second), packets);
      second.close();
      second.close();
      assert.throws(() => second.encode(tone(0)), /closed/);
    }
  });

  test('[OPU7] encoders that work side by side keep to themselves', () => {
    for (const build of Object.values(CODECS)) {
      const [one, other] = [build.openEncoder(), build.openEncoder()];
      const packet = one.encode(tone(0));
      const before = [...packet];
      other.encode(tone(7_777));
      assert.deepEqual([...packet], before);
      one.close();
      other.close();
    }
  });
});

suite('Opus decoders', () => {
  for (const [build, codec] of Object.entries(CODECS)) {
    test(`[OPU2] concealment gives exactly the samples asked for and continues the sound (${build})`, () => {
      const encoder = codec.openEncoder();
      const decoder = codec.openDecoder();
      for (let slot = 0; slot < 10; slot += 1)
        decoder.decode(encoder.encode(tone(slot * SLOT_SAMPLES)));
      const concealed = decoder.conceal(SLOT_SAMPLES);
      assert.ok(levelDb(concealed) > -30, `level ${levelDb(concealed)} dB`);
      for (const samples of [1, 59, 60, 61, 480, 1_000, 2_400])
        assert.equal(decoder.conceal(samples).length, samples);
      encoder.close();
      decoder.close();
    });

    test(`[OPU3] bytes that are no packet are refused and the decoder goes on (${build})`, () => {
      const encoder = codec.openEncoder();
      const decoder = codec.openDecoder();
      assert.equal(decoder.decode(new Uint8Array(0)), undefined);
      assert.equal(decoder.decode(new Uint8Array(5_000)), undefined);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
          const pcm = decoder.decode(bytes);
          assert.ok(pcm === undefined || pcm.length <= SAMPLE_RATE_HZ * 0.12);
        }),
        { seed: 20_261_123, numRuns: 2_000 },
      );
      for (let slot = 0; slot < 20; slot += 1)
        decoder.decode(encoder.encode(tone(slot * SLOT_SAMPLES)));
      const heard = decoder.decode(encoder.encode(tone(20 * SLOT_SAMPLES)));
      assert.ok(heard !== undefined && Math.abs(levelDb(heard) - levelDb(tone(0))) < 1);
      encoder.close();
      decoder.close();
    });

    test(`[OPU6] packets are as long as they say without being decoded, and refused if they say nothing (${build})`, () => {
      const decoder = codec.openDecoder();
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
          const samples = opusPacketTicks(bytes) / 2;
          const pcm = decoder.decode(bytes);
          if (samples === 0) assert.equal(pcm, undefined);
          else assert.ok(pcm === undefined || pcm.length === samples);
        }),
        { seed: 20_261_126, numRuns: 5_000 },
      );
      decoder.close();
    });
  }

  test('[OPU4] closing frees the memory', () => {
    const open = (): void => {
      for (const build of Object.values(CODECS)) {
        const encoder = build.openEncoder();
        const decoder = build.openDecoder();
        encoder.close();
        decoder.close();
        decoder.close();
      }
    };
    open();
    // 100 MB would be needed if nothing were freed; the module would have to grow, or fail.
    const beforeBytes = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 10_000; count += 1) open();
    assert.ok(process.memoryUsage().arrayBuffers - beforeBytes < 10_000_000);
  });
});
