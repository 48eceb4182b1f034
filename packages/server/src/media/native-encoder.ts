import {
  type AudioEncoder,
  invariant,
  PrefixViews,
  SAMPLE_RATE_HZ,
  SLOT_SAMPLES,
} from '@prism/core';
import { configureEncoder, expectLoss, FRAME_BYTES_MAX } from './encoder-settings.ts';
import { type AddonEncoder, loadOpusAddon, type OpusAddon, RESET_STATE } from './opus-addon.ts';

/** What is kept of a closed encoder: its state, and the room for its packets. */
interface Parts {
  readonly encoder: AddonEncoder;
  readonly packet: Uint8Array;
  readonly views: PrefixViews;
}

/** Encoders kept for the next sessions; more are left to the garbage collector, which frees their 42 kB each. */
const SPARE_COUNT_MAX = 256;

/**
 * Encoders of libopus' native build, which ships prebuilt inside `@evan/opus` for Linux with glibc, macOS and Windows.
 *
 * The addon frees an encoder when it is collected, not when it is told: closed ones are therefore kept and used again.
 */
export class NativeEncoders {
  readonly #addon: OpusAddon;
  /** The buffer that all encoders of the addon write to. */
  readonly #written: Uint8Array;
  readonly #bitrateBps: number;
  readonly #spares: Parts[] = [];

  private constructor(addon: OpusAddon, bitrateBps: number) {
    this.#addon = addon;
    this.#written = addon.buffers.encoder();
    this.#bitrateBps = bitrateBps;
  }

  /** `undefined` where the addon has no build, doesn't load, or doesn't encode. */
  static load(bitrateBps: number): NativeEncoders | undefined {
    try {
      const addon = loadOpusAddon();
      if (addon === undefined) return undefined;
      const encoders = new NativeEncoders(addon, bitrateBps);
      const encoder = encoders.open();
      encoder.encode(new Int16Array(SLOT_SAMPLES));
      encoder.close();
      return encoders;
    } catch {
      // The WebAssembly build does the same everywhere, for about twice the CPU.
      return undefined;
    }
  }

  open(): AudioEncoder {
    const parts = this.#spares.pop() ?? this.#create();
    return new NativeEncoder(parts, this.#written, () => {
      parts.encoder.ctl(RESET_STATE);
      if (this.#spares.length < SPARE_COUNT_MAX) this.#spares.push(parts);
    });
  }

  #create(): Parts {
    const { Encoder } = this.#addon;
    const encoder = new Encoder({ channels: 1, sample_rate: SAMPLE_RATE_HZ, application: 'audio' });
    configureEncoder((request, value) => encoder.ctl(request, value), this.#bitrateBps);
    const packet = new Uint8Array(FRAME_BYTES_MAX);
    return { encoder, packet, views: new PrefixViews(packet) };
  }
}

class NativeEncoder implements AudioEncoder {
  readonly #encoder: AddonEncoder;
  readonly #written: Uint8Array;
  readonly #release: () => void;
  readonly #packet: Uint8Array;
  readonly #views: PrefixViews;
  #isClosed = false;
  #lossPercent = 0;

  constructor(parts: Parts, written: Uint8Array, release: () => void) {
    this.#encoder = parts.encoder;
    this.#packet = parts.packet;
    this.#views = parts.views;
    this.#written = written;
    this.#release = release;
  }

  encode(pcm: Int16Array): Uint8Array {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    invariant(pcm.length === SLOT_SAMPLES, `a slot has ${SLOT_SAMPLES} samples, not ${pcm.length}`);
    const bytes = this.#encoder.encode(pcm);
    // By hand: a view for `set` would cost more than these bytes.
    for (let index = 0; index < bytes; index += 1) this.#packet[index] = this.#written[index] ?? 0;
    return this.#views.of(bytes);
  }

  protect(lossPercent: number): void {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    if (lossPercent === this.#lossPercent) return;
    this.#lossPercent = lossPercent;
    expectLoss((request, value) => this.#encoder.ctl(request, value), lossPercent);
  }

  close(): void {
    if (this.#isClosed) return;
    this.protect(0);
    this.#isClosed = true;
    this.#release();
  }
}
