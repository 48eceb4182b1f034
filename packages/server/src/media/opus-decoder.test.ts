import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AudioDecoder, SAMPLE_RATE_HZ, SLOT_SAMPLES } from '@prism/core';
import { NativeDecoders } from './native-decoder.ts';
import { createOpusCodec } from './opus-codec.ts';
import { CLEAN_PACKET_COUNT_MIN, OpusDecoder } from './opus-decoder.ts';
import { OpusWasm } from './opus-wasm.ts';
import { WasmDecoder } from './wasm-decoder.ts';

const module = OpusWasm.load();
const natives = NativeDecoders.load();
const skip = natives === undefined ? 'the native build of libopus does not load here' : false;

/** Of 16 bits and a step: what two builds of one decoder may differ by. */
const ROUNDING_MAX = 1;
const DIFFERENCE_DB_MAX = -40;

/** A voice-like sound whose pitch and level move, as packets. */
function packetsOf(count: number, bitrateBps = 32_000): readonly Uint8Array[] {
  const encoder = createOpusCodec({ bitrateBps }).openEncoder();
  let phase = 0;
  const packets = Array.from({ length: count }, (_, slot) => {
    const pcm = Int16Array.from({ length: SLOT_SAMPLES }, (_sample, index) => {
      const second = (slot * SLOT_SAMPLES + index) / SAMPLE_RATE_HZ;
      phase += (140 + 40 * Math.sin(2 * Math.PI * 1.3 * second)) / SAMPLE_RATE_HZ;
      const level = 4_000 * (1 + 0.8 * Math.sin(2 * Math.PI * 3 * second));
      return level * (2 * (phase % 1) - 1);
    });
    return Uint8Array.from(encoder.encode(pcm));
  });
  encoder.close();
  return packets;
}

/** How much of the sound is different, in dB of it. */
function differenceDb(pcm: Int16Array, reference: Int16Array): number {
  let [difference, sound] = [0, 0];
  for (const [at, sample] of reference.entries()) {
    difference += ((pcm[at] ?? 0) - sample) ** 2;
    sound += sample ** 2;
  }
  return 10 * Math.log10((difference + 1) / sound);
}

const differenceMax = (pcm: Int16Array, reference: Int16Array): number =>
  reference.reduce((most, sample, at) => Math.max(most, Math.abs((pcm[at] ?? 0) - sample)), 0);

/** Both take the same; answers what both heard. */
function both(
  decoders: readonly [AudioDecoder, AudioDecoder],
  run: (decoder: AudioDecoder) => Int16Array | undefined,
): readonly [Int16Array, Int16Array] {
  const [mine, other] = [run(decoders[0]), run(decoders[1])];
  assert.ok(mine !== undefined && other !== undefined);
  assert.equal(mine.length, other.length);
  return [mine, other];
}

suite('a decoder of two builds', { skip }, () => {
  const open = (): readonly [AudioDecoder, AudioDecoder] => {
    assert.ok(natives !== undefined);
    return [new OpusDecoder(natives, module), new WasmDecoder(module)];
  };

  test('[OPU8] without a gap it hears what the WebAssembly build hears', () => {
    const decoders = open();
    for (const packet of packetsOf(150))
      assert.ok(
        differenceMax(...both(decoders, (decoder) => decoder.decode(packet))) <= ROUNDING_MAX,
      );
    for (const decoder of decoders) decoder.close();
  });

  test('[OPU8] at a gap, and long after it, what takes over goes on with the sound', () => {
    const decoders = open();
    const packets = packetsOf(2 * CLEAN_PACKET_COUNT_MIN);
    for (const [at, packet] of packets.entries()) {
      if (at === 60)
        assert.ok(
          differenceDb(...both(decoders, (decoder) => decoder.conceal(SLOT_SAMPLES))) <
            DIFFERENCE_DB_MAX,
        );
      const heard = both(decoders, (decoder) => decoder.decode(packet));
      assert.ok(differenceDb(...heard) < DIFFERENCE_DB_MAX, `packet ${at}`);
    }
    for (const decoder of decoders) decoder.close();
  });

  test('[OPU8] packets too long to be kept are decoded like any other', () => {
    const decoders = open();
    for (const packet of packetsOf(20, 32_000)) both(decoders, (decoder) => decoder.decode(packet));
    const long = packetsOf(30, 400_000);
    assert.ok(long.some(({ length }) => length > 400));
    for (const [at, packet] of [...long, ...packetsOf(CLEAN_PACKET_COUNT_MIN + 30)].entries()) {
      const heard = both(decoders, (decoder) => decoder.decode(packet));
      if (at > 40) assert.ok(differenceDb(...heard) < DIFFERENCE_DB_MAX, `packet ${at}`);
    }
    for (const decoder of decoders) decoder.close();
  });

  test('[OPU8] streams side by side keep to themselves, and one begins anew where another ended', () => {
    assert.ok(natives !== undefined);
    const packets = packetsOf(20);
    const first = new OpusDecoder(natives, module);
    const sounds = packets.map((packet) => Int16Array.from(first.decode(packet) ?? []));
    first.close();
    const again = new OpusDecoder(natives, module);
    const other = new OpusDecoder(natives, module);
    for (const [at, packet] of packets.entries()) {
      const heard = again.decode(packet);
      other.decode(packets[packets.length - 1 - at] ?? packet);
      assert.deepEqual(heard, sounds[at]);
    }
    again.close();
    again.close();
    assert.throws(() => again.decode(packets[0] ?? new Uint8Array(1)), /closed/);
    assert.throws(() => again.conceal(SLOT_SAMPLES), /closed/);
    other.close();
  });
});
