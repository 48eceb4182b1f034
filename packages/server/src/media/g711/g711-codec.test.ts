import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS, SLOT_SAMPLES } from '@prism/core';
import { companding, type G711Law } from './companding.ts';
import { createG711Codec } from './g711-codec.ts';

/** Of encoder and decoder together: 2.5 ms. */
const DELAY_SAMPLES = 60;

const LAWS: readonly G711Law[] = ['pcmu', 'pcma'];

function tone(hz: number, slots: number): Int16Array {
  return Int16Array.from(
    { length: slots * SLOT_SAMPLES },
    (_, index) => 8_192 * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ),
  );
}

function levelDb(pcm: Int16Array): number {
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  return 10 * Math.log10(power / 32_768 ** 2);
}

/** Through encoder and decoder, slot by slot. */
function throughG711(law: G711Law, pcm: Int16Array): Int16Array {
  const codec = createG711Codec(law);
  const encoder = codec.openEncoder();
  const decoder = codec.openDecoder();
  const heard = new Int16Array(pcm.length);
  for (let at = 0; at < pcm.length; at += SLOT_SAMPLES) {
    const packet = encoder.encode(pcm.subarray(at, at + SLOT_SAMPLES));
    assert.equal(packet.length, 160);
    heard.set(decoder.decode(packet) ?? new Int16Array(0), at);
  }
  return heard;
}

suite('G.711', () => {
  test('[TEL2] codes stand for the samples of ITU-T G.711, and each is encoded to itself', () => {
    const muLaw = companding('pcmu');
    const aLaw = companding('pcma');
    const known = [0x00, 0x0f, 0x7e, 0x80, 0xfe, 0xff];
    assert.deepEqual(
      known.map((code) => muLaw.decoded[code]),
      [-32_124, -16_764, -8, 32_124, 8, 0],
    );
    assert.deepEqual(
      [0x2a, 0x55, 0xd5, 0xaa, 0x80].map((code) => aLaw.decoded[code]),
      [-32_256, -8, 8, 32_256, 5_504],
    );
    for (const { decoded, encode } of [muLaw, aLaw]) {
      for (const sample of decoded) assert.equal(decoded[encode(sample)], sample);
      for (let sample = -32_768; sample < 32_768; sample += 7) {
        const error = Math.abs((decoded[encode(sample)] ?? 0) - sample);
        assert.ok(error <= 16 + Math.abs(sample) / 31, `${sample} is off by ${error}`);
      }
    }
  });

  test('[TEL3] speech comes through at its level, 2.5 ms later; what is above 4 kHz does not fold down', () => {
    for (const law of LAWS) {
      for (const hz of [300, 1_000, 2_000, 3_400]) {
        const sent = tone(hz, 20);
        const heard = throughG711(law, sent).subarray(SLOT_SAMPLES);
        assert.ok(Math.abs(levelDb(heard) - levelDb(sent)) < 0.5, `${law} ${hz} Hz`);
      }
      const heard = throughG711(law, tone(1_000, 20));
      const delayed = tone(1_000, 20).subarray(SLOT_SAMPLES - DELAY_SAMPLES);
      const error = heard
        .slice(SLOT_SAMPLES)
        .map((sample, index) => sample - (delayed[index] ?? 0));
      assert.ok(levelDb(error) < levelDb(heard) - 30, `${law}: ${levelDb(error)} dB`);
      const folded = levelDb(throughG711(law, tone(5_000, 20)).subarray(SLOT_SAMPLES));
      assert.ok(folded < -65, `${law}: ${folded} dB`);
    }
    assert.equal(DELAY_SAMPLES / SAMPLES_PER_MS, 2.5);
  });

  test('[TEL3] packets of any length up to 120 ms are decoded, others refused', () => {
    const decoder = createG711Codec('pcmu').openDecoder();
    for (const lengthMs of [10, 20, 60, 120])
      assert.equal(decoder.decode(new Uint8Array(lengthMs * 8))?.length, lengthMs * 24);
    assert.equal(decoder.decode(new Uint8Array(0)), undefined);
    assert.equal(decoder.decode(new Uint8Array(961)), undefined);
  });

  test('[TEL4] a gap goes on with the pitch that was, silent after 60 ms, and joins what follows', () => {
    const codec = createG711Codec('pcma');
    const encoder = codec.openEncoder();
    const decoder = codec.openDecoder();
    const sent = tone(200, 20);
    const packets = Array.from({ length: 20 }, (_, slot) =>
      encoder.encode(sent.subarray(slot * SLOT_SAMPLES, (slot + 1) * SLOT_SAMPLES)).slice(),
    );
    for (const packet of packets.slice(0, 10)) decoder.decode(packet);
    const concealed = decoder.conceal(SLOT_SAMPLES).slice();
    const real = sent.subarray(10 * SLOT_SAMPLES - DELAY_SAMPLES);
    const error = concealed.map((sample, index) => sample - (real[index] ?? 0));
    assert.ok(levelDb(error) < levelDb(concealed) - 9, `${levelDb(error)} dB`);
    const after = decoder.decode(packets[11] ?? new Uint8Array(0)) ?? new Int16Array(0);
    const step = Math.abs((after[0] ?? 0) - (concealed.at(-1) ?? 0));
    assert.ok(step < 1_000, `a step of ${step}`);
    decoder.conceal(3 * SLOT_SAMPLES);
    assert.ok(decoder.conceal(SLOT_SAMPLES).every((sample) => sample === 0));
    for (const samples of [1, 59, 2_400, 2_880])
      assert.equal(decoder.conceal(samples).length, samples);
  });
});
