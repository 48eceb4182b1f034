import {
  type AudioCodec,
  type AudioDecoder,
  type AudioEncoder,
  invariant,
  SAMPLE_RATE_HZ,
  SLOT_SAMPLES,
} from '@prism/core';
import { G711_CLOCK_HZ } from '@prism/protocol';
import { type CompandingTables, companding, type G711Law } from './companding.ts';
import { PitchConcealer } from './pitch-concealer.ts';
import { Downsampler, Upsampler } from './rate-filter.ts';

const RATE_FACTOR = SAMPLE_RATE_HZ / G711_CLOCK_HZ;

/** Longest packet and longest concealment: 120 ms. */
const PACKET_BYTES_MAX = (G711_CLOCK_HZ * 120) / 1_000;

/** G.711 at 8 kHz, one byte per sample (RFC 3551, section 4.5.14), from and to PCM at 24 kHz; 2.5 ms of delay in all. */
export function createG711Codec(law: G711Law): AudioCodec {
  const tables = companding(law);
  return {
    openDecoder: () => new G711Decoder(tables),
    openEncoder: () => new G711Encoder(tables),
  };
}

class G711Decoder implements AudioDecoder {
  readonly #tables: CompandingTables;
  readonly #upsampler = new Upsampler();
  readonly #concealer = new PitchConcealer();
  readonly #narrow = new Int16Array(PACKET_BYTES_MAX);
  readonly #pcm = new Int16Array(PACKET_BYTES_MAX * RATE_FACTOR);

  constructor(tables: CompandingTables) {
    this.#tables = tables;
  }

  decode(payload: Uint8Array): Int16Array | undefined {
    if (payload.length === 0 || payload.length > PACKET_BYTES_MAX) return undefined;
    const narrow = this.#narrow.subarray(0, payload.length);
    for (let index = 0; index < narrow.length; index += 1)
      narrow[index] = this.#tables.decoded[payload[index] ?? 0] ?? 0;
    const pcm = this.#pcm.subarray(0, narrow.length * RATE_FACTOR);
    this.#upsampler.process(narrow, pcm);
    this.#concealer.heard(pcm);
    return pcm;
  }

  decodeFec(): undefined {
    return undefined;
  }

  conceal(samples: number): Int16Array {
    const pcm = this.#pcm.subarray(0, samples);
    this.#concealer.conceal(pcm);
    return pcm;
  }

  close(): void {
    // Nothing but memory that the engine frees by itself.
  }
}

class G711Encoder implements AudioEncoder {
  readonly #tables: CompandingTables;
  readonly #downsampler = new Downsampler();
  readonly #narrow = new Int16Array(SLOT_SAMPLES / RATE_FACTOR);
  readonly #packet = new Uint8Array(SLOT_SAMPLES / RATE_FACTOR);

  constructor(tables: CompandingTables) {
    this.#tables = tables;
  }

  encode(pcm: Int16Array): Uint8Array {
    invariant(pcm.length === SLOT_SAMPLES, `a slot has ${SLOT_SAMPLES} samples, not ${pcm.length}`);
    this.#downsampler.process(pcm, this.#narrow);
    for (let index = 0; index < this.#packet.length; index += 1)
      this.#packet[index] = this.#tables.encode(this.#narrow[index] ?? 0);
    return this.#packet;
  }

  protect(): void {
    // G.711 has no copies of its own; redundant audio is negotiated with Opus alone.
  }

  close(): void {
    // Nothing but memory that the engine frees by itself.
  }
}
