import { type AudioDecoder, invariant, SAMPLE_RATE_HZ } from '@prism/core';
import type { OpusWasm } from './opus-wasm.ts';

/** Longest packet: 120 ms (RFC 6716, section 3.2.5). */
const FRAME_SAMPLES_MAX = (SAMPLE_RATE_HZ * 120) / 1000;

/** Largest packet that is decoded; larger ones are malformed (three frames' worth of RFC 6716's 1275 bytes). */
export const PACKET_BYTES_MAX = 3_828;

/** Concealment is asked for in whole steps of 2.5 ms (opus_decode reference). */
const CONCEAL_STEP_SAMPLES = SAMPLE_RATE_HZ / 400;

/** A decoder in libopus' WebAssembly build. */
export class WasmDecoder implements AudioDecoder {
  readonly #wasm: OpusWasm;
  readonly #state: number;
  readonly #packet: number;
  readonly #pcm: number;
  #view: Int16Array = new Int16Array(0);
  #isClosed = false;

  constructor(wasm: OpusWasm) {
    this.#wasm = wasm;
    this.#state = wasm.allocate(wasm.exports.opus_decoder_get_size(1));
    this.#packet = wasm.allocate(PACKET_BYTES_MAX);
    this.#pcm = wasm.allocate(FRAME_SAMPLES_MAX * 2);
    const status = wasm.exports.opus_decoder_init(this.#state, SAMPLE_RATE_HZ, 1);
    invariant(status === 0, `opus_decoder_init answers 0, not ${status}`);
  }

  decode(payload: Uint8Array): Int16Array | undefined {
    if (payload.length === 0 || payload.length > PACKET_BYTES_MAX) return undefined;
    this.#wasm.write(this.#packet, payload);
    const samples = this.#run(payload.length, FRAME_SAMPLES_MAX, 0);
    return samples > 0 ? this.#heard(samples) : undefined;
  }

  decodeFec(payload: Uint8Array, samples: number): Int16Array | undefined {
    if (payload.length === 0 || payload.length > PACKET_BYTES_MAX) return undefined;
    if (samples > FRAME_SAMPLES_MAX || samples % CONCEAL_STEP_SAMPLES !== 0) return undefined;
    this.#wasm.write(this.#packet, payload);
    const restoredSamples = this.#run(payload.length, samples, 1);
    return restoredSamples > 0 ? this.#heard(restoredSamples) : undefined;
  }

  conceal(samples: number): Int16Array {
    const wholeSamples = Math.min(
      FRAME_SAMPLES_MAX,
      Math.max(
        CONCEAL_STEP_SAMPLES,
        Math.ceil(samples / CONCEAL_STEP_SAMPLES) * CONCEAL_STEP_SAMPLES,
      ),
    );
    const concealedSamples = this.#run(0, wholeSamples, 0);
    invariant(concealedSamples > 0, `opus_decode conceals, not ${concealedSamples}`);
    return this.#heard(Math.min(samples, concealedSamples));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const pointer of [this.#state, this.#packet, this.#pcm]) this.#wasm.exports.free(pointer);
  }

  /** A view on what was decoded. Packets of a call are of one length, so it is seldom made anew. */
  #heard(samples: number): Int16Array {
    // When the module's memory grows, the views on it lose their length.
    if (this.#view.length !== samples) this.#view = this.#wasm.samples(this.#pcm, samples);
    return this.#view;
  }

  /** Runs `opus_decode`; without a packet it conceals. */
  #run(packetBytes: number, frameSamples: number, isFec: 0 | 1): number {
    invariant(!this.#isClosed, 'a closed decoder is not used');
    return this.#wasm.exports.opus_decode(
      this.#state,
      packetBytes === 0 ? 0 : this.#packet,
      packetBytes,
      this.#pcm,
      frameSamples,
      isFec,
    );
  }
}
