import {
  type AudioCodec,
  type AudioDecoder,
  type AudioEncoder,
  invariant,
  SAMPLES_PER_MS,
  SLOT_SAMPLES,
} from '@prism/core';

const SAMPLE_BYTES = 2;
/** Longest packet and longest concealment: 120 ms. */
const SAMPLES_MAX = SAMPLES_PER_MS * 120;

/** PCM as the Realtime API has it: 16 bits, little-endian, mono, 24 kHz. */
export function createPcm16Codec(): AudioCodec {
  return { openDecoder: () => new Pcm16Decoder(), openEncoder: () => new Pcm16Encoder() };
}

class Pcm16Decoder implements AudioDecoder {
  readonly #pcm = new Int16Array(SAMPLES_MAX);

  decode(payload: Uint8Array): Int16Array | undefined {
    const isWhole = payload.length > 0 && payload.length % SAMPLE_BYTES === 0;
    if (!isWhole || payload.length > SAMPLES_MAX * SAMPLE_BYTES) return undefined;
    const pcm = this.#pcm.subarray(0, payload.length / SAMPLE_BYTES);
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    for (let index = 0; index < pcm.length; index += 1)
      pcm[index] = view.getInt16(index * SAMPLE_BYTES, true);
    return pcm;
  }

  decodeFec(): undefined {
    return undefined;
  }

  /** Silence: a socket loses nothing, so a gap is what its client left out. */
  conceal(samples: number): Int16Array {
    return this.#pcm.subarray(0, samples).fill(0);
  }

  close(): void {
    // Nothing but memory that the engine frees by itself.
  }
}

class Pcm16Encoder implements AudioEncoder {
  readonly #packet = new Uint8Array(SLOT_SAMPLES * SAMPLE_BYTES);
  readonly #view = new DataView(this.#packet.buffer);

  encode(pcm: Int16Array): Uint8Array {
    invariant(pcm.length === SLOT_SAMPLES, `a slot has ${SLOT_SAMPLES} samples, not ${pcm.length}`);
    for (let index = 0; index < pcm.length; index += 1)
      this.#view.setInt16(index * SAMPLE_BYTES, pcm[index] ?? 0, true);
    return this.#packet;
  }

  protect(): void {
    // A socket loses nothing.
  }

  close(): void {
    // Nothing but memory that the engine frees by itself.
  }
}
