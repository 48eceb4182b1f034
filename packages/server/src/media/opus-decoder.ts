import { type AudioDecoder, invariant } from '@prism/core';
import type { NativeDecoder, NativeDecoders } from './native-decoder.ts';
import type { OpusWasm } from './opus-wasm.ts';
import { RecentPackets } from './recent-packets.ts';
import { PACKET_BYTES_MAX, WasmDecoder } from './wasm-decoder.ts';

/** Packets without a loss after which the native build decodes again: 10 s of the usual 20 ms. */
export const CLEAN_PACKET_COUNT_MIN = 500;

/**
 * A decoder that is native while packets come one after the other, which costs a quarter less, and WebAssembly from the
 * first one that is missing until it is long ago: only that build conceals and reads FEC.
 *
 * The one that takes over decodes the last packets again, and then goes on as the other one would have.
 */
export class OpusDecoder implements AudioDecoder {
  readonly #natives: NativeDecoders;
  readonly #module: OpusWasm;
  readonly #recent = new RecentPackets();
  #native: NativeDecoder | undefined;
  #wasm: WasmDecoder | undefined;
  /** Since the last loss. */
  #cleanPackets = 0;
  #isClosed = false;

  constructor(natives: NativeDecoders, module: OpusWasm) {
    this.#natives = natives;
    this.#module = module;
    this.#native = natives.open();
  }

  decode(payload: Uint8Array): Int16Array | undefined {
    invariant(!this.#isClosed, 'a closed decoder is not used');
    if (payload.length === 0 || payload.length > PACKET_BYTES_MAX) return undefined;
    const isKept = this.#recent.fits(payload);
    const pcm = (isKept ? this.#forPackets() : this.#forLoss()).decode(payload);
    if (pcm === undefined) return undefined;
    this.#cleanPackets += 1;
    if (isKept) this.#recent.keep(payload);
    else this.#recent.clear();
    return pcm;
  }

  decodeFec(payload: Uint8Array, samples: number): Int16Array | undefined {
    return this.#forLoss().decodeFec(payload, samples);
  }

  conceal(samples: number): Int16Array {
    return this.#forLoss().conceal(samples);
  }

  close(): void {
    this.#isClosed = true;
    this.#native?.close();
    this.#wasm?.close();
    this.#native = undefined;
    this.#wasm = undefined;
  }

  /** The decoder for a packet that follows those before it, or what was put in for them. */
  #forPackets(): NativeDecoder | WasmDecoder {
    if (this.#native !== undefined) return this.#native;
    if (this.#wasm !== undefined && this.#cleanPackets < CLEAN_PACKET_COUNT_MIN) return this.#wasm;
    this.#wasm?.close();
    this.#wasm = undefined;
    this.#native = this.#natives.open();
    this.#recent.replay(this.#native);
    return this.#native;
  }

  /** The decoder that can do all, from now on for a while. */
  #forLoss(): WasmDecoder {
    invariant(!this.#isClosed, 'a closed decoder is not used');
    this.#cleanPackets = 0;
    if (this.#wasm !== undefined) return this.#wasm;
    this.#wasm = new WasmDecoder(this.#module);
    this.#recent.replay(this.#wasm);
    this.#native?.close();
    this.#native = undefined;
    return this.#wasm;
  }
}
