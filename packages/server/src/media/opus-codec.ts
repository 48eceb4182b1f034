import {
  type AudioCodec,
  type AudioDecoder,
  type AudioEncoder,
  invariant,
  SAMPLE_RATE_HZ,
  SLOT_SAMPLES,
} from '@prism/core';
import { OpusWasm } from './opus-wasm.ts';

/** Longest packet: 120 ms (RFC 6716, section 3.2.5). */
const FRAME_SAMPLES_MAX = (SAMPLE_RATE_HZ * 120) / 1000;

/** Largest packet that is decoded; larger ones are malformed (three frames' worth of RFC 6716's 1275 bytes). */
const PACKET_BYTES_MAX = 3_828;

/** libopus' requests and constants (opus_defines.h). */
const APPLICATION_AUDIO = 2049;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
const SET_SIGNAL = 4024;
const SIGNAL_VOICE = 3001;
const AUTO = -1000;

const BITRATE_BPS = 32_000;
const COMPLEXITY = 5;

/** Concealment is asked for in whole steps of 2.5 ms (opus_decode reference). */
const CONCEAL_STEP_SAMPLES = SAMPLE_RATE_HZ / 400;

/** Opus at 24 kHz mono through libopus, 32 kbit/s unless told; no resampler: its RTP clock stays 48 kHz (RFC 7587). */
export function createOpusCodec(options: { readonly bitrateBps?: number } = {}): AudioCodec {
  const bitrateBps = options.bitrateBps ?? BITRATE_BPS;
  const wasm = OpusWasm.load();
  return {
    openDecoder: () => new OpusDecoder(wasm),
    openEncoder: () => new OpusEncoder(wasm, bitrateBps),
  };
}

class OpusDecoder implements AudioDecoder {
  readonly #wasm: OpusWasm;
  readonly #state: number;
  readonly #packet: number;
  readonly #pcm: number;
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
    this.#wasm.bytes(this.#packet, payload.length).set(payload);
    const samples = this.#run(this.#packet, payload.length, FRAME_SAMPLES_MAX);
    return samples > 0 ? this.#wasm.samples(this.#pcm, samples) : undefined;
  }

  conceal(samples: number): Int16Array {
    const wholeSamples = Math.min(
      FRAME_SAMPLES_MAX,
      Math.max(
        CONCEAL_STEP_SAMPLES,
        Math.ceil(samples / CONCEAL_STEP_SAMPLES) * CONCEAL_STEP_SAMPLES,
      ),
    );
    const concealedSamples = this.#run(0, 0, wholeSamples);
    invariant(concealedSamples > 0, `opus_decode conceals, not ${concealedSamples}`);
    return this.#wasm.samples(this.#pcm, Math.min(samples, concealedSamples));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const pointer of [this.#state, this.#packet, this.#pcm]) this.#wasm.exports.free(pointer);
  }

  #run(packet: number, packetBytes: number, frameSamples: number): number {
    invariant(!this.#isClosed, 'a closed decoder is not used');
    return this.#wasm.exports.opus_decode(
      this.#state,
      packet,
      packetBytes,
      this.#pcm,
      frameSamples,
      0,
    );
  }
}

class OpusEncoder implements AudioEncoder {
  readonly #wasm: OpusWasm;
  readonly #state: number;
  readonly #packet: number;
  readonly #pcm: number;
  #isClosed = false;
  #lossPercent = 0;

  constructor(wasm: OpusWasm, bitrateBps: number) {
    this.#wasm = wasm;
    this.#state = wasm.allocate(wasm.exports.opus_encoder_get_size(1));
    this.#packet = wasm.allocate(PACKET_BYTES_MAX);
    this.#pcm = wasm.allocate(SLOT_SAMPLES * 2);
    const status = wasm.exports.opus_encoder_init(
      this.#state,
      SAMPLE_RATE_HZ,
      1,
      APPLICATION_AUDIO,
    );
    invariant(status === 0, `opus_encoder_init answers 0, not ${status}`);
    this.#set(SET_BITRATE, bitrateBps);
    this.#set(SET_COMPLEXITY, COMPLEXITY);
  }

  encode(pcm: Int16Array): Uint8Array {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    invariant(pcm.length === SLOT_SAMPLES, `a slot has ${SLOT_SAMPLES} samples, not ${pcm.length}`);
    this.#wasm.samples(this.#pcm, SLOT_SAMPLES).set(pcm);
    const bytes = this.#wasm.exports.opus_encode(
      this.#state,
      this.#pcm,
      SLOT_SAMPLES,
      this.#packet,
      PACKET_BYTES_MAX,
    );
    invariant(bytes > 0, `opus_encode encodes, not ${bytes}`);
    return this.#wasm.bytes(this.#packet, bytes);
  }

  protect(lossPercent: number): void {
    invariant(!this.#isClosed, 'a closed encoder is not used');
    if (lossPercent === this.#lossPercent) return;
    this.#lossPercent = lossPercent;
    const isOn = lossPercent > 0;
    // FEC exists in SILK alone, which libopus turns to for a voice that meets loss (opus_encoder.c).
    this.#set(SET_SIGNAL, isOn ? SIGNAL_VOICE : AUTO);
    this.#set(SET_INBAND_FEC, isOn ? 1 : 0);
    this.#set(SET_PACKET_LOSS_PERCENT, lossPercent);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const pointer of [this.#state, this.#packet, this.#pcm]) this.#wasm.exports.free(pointer);
  }

  #set(request: number, value: number): void {
    this.#wasm.exports.opus_encoder_ctl_set(this.#state, request, value);
  }
}
