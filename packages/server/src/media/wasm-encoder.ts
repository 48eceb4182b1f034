import {
  type AudioEncoder,
  invariant,
  PrefixViews,
  SAMPLE_RATE_HZ,
  SLOT_SAMPLES,
} from '@prism/core';
import { configureEncoder, expectLoss, FRAME_BYTES_MAX } from './encoder-settings.ts';
import type { OpusWasm } from './opus-wasm.ts';

/** libopus' application for sound in general (opus_defines.h). */
const APPLICATION_AUDIO = 2049;

/** An encoder in libopus' WebAssembly build. */
export class WasmEncoder implements AudioEncoder {
  readonly #wasm: OpusWasm;
  readonly #state: number;
  readonly #packet: number;
  readonly #pcm: number;
  #samples: Int16Array = new Int16Array(0);
  #packets = new PrefixViews(new Uint8Array(0));
  #isClosed = false;
  #lossPercent = 0;

  constructor(wasm: OpusWasm, bitrateBps: number) {
    this.#wasm = wasm;
    this.#state = wasm.allocate(wasm.exports.opus_encoder_get_size(1));
    this.#packet = wasm.allocate(FRAME_BYTES_MAX);
    this.#pcm = wasm.allocate(SLOT_SAMPLES * 2);
    const status = wasm.exports.opus_encoder_init(
      this.#state,
      SAMPLE_RATE_HZ,
      1,
      APPLICATION_AUDIO,
    );
    invariant(status === 0, `opus_encoder_init answers 0, not ${status}`);
    configureEncoder(this.#set, bitrateBps);
  }

  encode(pcm: Int16Array): Uint8Array {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    invariant(pcm.length === SLOT_SAMPLES, `a slot has ${SLOT_SAMPLES} samples, not ${pcm.length}`);
    // When the module's memory grows, the views on it lose their length.
    if (this.#samples.length === 0) this.#viewMemory();
    this.#samples.set(pcm);
    const bytes = this.#wasm.exports.opus_encode(
      this.#state,
      this.#pcm,
      SLOT_SAMPLES,
      this.#packet,
      FRAME_BYTES_MAX,
    );
    invariant(bytes > 0, `opus_encode encodes, not ${bytes}`);
    return this.#packets.of(bytes);
  }

  protect(lossPercent: number): void {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    if (lossPercent === this.#lossPercent) return;
    this.#lossPercent = lossPercent;
    expectLoss(this.#set, lossPercent);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const pointer of [this.#state, this.#packet, this.#pcm]) this.#wasm.exports.free(pointer);
  }

  #viewMemory(): void {
    this.#samples = this.#wasm.samples(this.#pcm, SLOT_SAMPLES);
    this.#packets = new PrefixViews(this.#wasm.bytes(this.#packet, FRAME_BYTES_MAX));
  }

  readonly #set = (request: number, value: number): void => {
    this.#wasm.exports.opus_encoder_ctl_set(this.#state, request, value);
  };
}
