import { invariant, SAMPLE_RATE_HZ } from '@prism/core';
import { type AddonDecoder, loadOpusAddon, type OpusAddon, RESET_STATE } from './opus-addon.ts';

/** Decoders kept for the next sessions; more are left to the garbage collector, which frees their 18 kB each. */
const SPARE_COUNT_MAX = 256;

const SAMPLE_BYTES = Int16Array.BYTES_PER_ELEMENT;

/**
 * Decoders of libopus' native build, prebuilt inside `@evan/opus` as the encoders are. They take packets and nothing
 * else: the addon has neither concealment nor FEC.
 *
 * The addon frees a decoder when it is collected, not when it is told: closed ones are therefore kept and used again.
 */
export class NativeDecoders {
  readonly #addon: OpusAddon;
  /** The buffer that all decoders of the addon write to. */
  readonly #written: Uint8Array;
  readonly #spares: AddonDecoder[] = [];

  private constructor(addon: OpusAddon) {
    this.#addon = addon;
    this.#written = addon.buffers.decoder();
  }

  /** `undefined` where the addon has no build, doesn't load, or doesn't decode. */
  static load(): NativeDecoders | undefined {
    try {
      const addon = loadOpusAddon();
      if (addon === undefined) return undefined;
      const decoders = new NativeDecoders(addon);
      const decoder = decoders.open();
      // A packet of 20 ms without content: silence.
      const isWorking = decoder.decode(Uint8Array.of(0xd8)) !== undefined;
      decoder.close();
      return isWorking ? decoders : undefined;
    } catch {
      // The WebAssembly build does the same everywhere.
      return undefined;
    }
  }

  open(): NativeDecoder {
    const options = { channels: 1, sample_rate: SAMPLE_RATE_HZ } as const;
    const decoder = this.#spares.pop() ?? new this.#addon.Decoder(options);
    return new NativeDecoder(decoder, this.#written, () => {
      decoder.ctl(RESET_STATE);
      if (this.#spares.length < SPARE_COUNT_MAX) this.#spares.push(decoder);
    });
  }
}

/** One stream's decoder. */
export class NativeDecoder {
  readonly #decoder: AddonDecoder;
  readonly #written: Uint8Array;
  readonly #release: () => void;
  /** The sound where the addon writes it, and where nobody else's comes. */
  #source: Int16Array = new Int16Array(0);
  #pcm: Int16Array = new Int16Array(0);
  #isClosed = false;

  constructor(decoder: AddonDecoder, written: Uint8Array, release: () => void) {
    this.#decoder = decoder;
    this.#written = written;
    this.#release = release;
  }

  /** PCM at 24 kHz, valid until the next call; `undefined` if the bytes are no valid packet. */
  decode(packet: Uint8Array): Int16Array | undefined {
    invariant(!this.#isClosed, 'a closed decoder is not used');
    let bytes: number;
    try {
      bytes = this.#decoder.decode(packet);
    } catch {
      // It throws what opus_decode answers of such a packet.
      return undefined;
    }
    const samples = bytes / SAMPLE_BYTES;
    // Packets of a call are of one length, so the views are seldom made anew.
    if (this.#pcm.length !== samples) {
      const { buffer, byteOffset } = this.#written;
      this.#source = new Int16Array(buffer, byteOffset, samples);
      this.#pcm = new Int16Array(samples);
    }
    this.#pcm.set(this.#source);
    return this.#pcm;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
  }
}
