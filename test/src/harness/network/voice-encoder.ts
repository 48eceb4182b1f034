import { OpusWasm } from '@prism/server/internal';

/** libopus' requests and constants (opus_defines.h). */
const APPLICATION_VOIP = 2048;
const APPLICATION_AUDIO = 2049;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
const SET_DTX = 4016;

const RATE_HZ = 24_000;
const COMPLEXITY = 5;
const EXPECTED_LOSS_PERCENT = 30;
const PACKET_BYTES_MAX = 4_000;

/** What libopus adds at 24 kHz before a sound comes out again. */
export const ENCODER_DELAY_SAMPLES = 156;

export interface VoiceEncoderPlan {
  /** Length of one packet's sound. */
  readonly packetMs: number;
  readonly channelCount: 1 | 2;
  /** SILK with the frame before in each packet (RFC 6716, section 2.1.7), as browsers send it. */
  readonly hasFec: boolean;
  /** Nothing or next to nothing is sent of silence (RFC 7587, section 3.1.3). SILK, as for FEC. */
  readonly hasDtx: boolean;
  readonly bitrateBps: number;
}

let shared: OpusWasm | undefined;

/** An Opus encoder with the settings that clients are free to choose, for PCM16 at 24 kHz. */
export class VoiceEncoder {
  readonly packetSamples: number;
  readonly #plan: VoiceEncoderPlan;
  readonly #wasm: OpusWasm;
  readonly #pointers: readonly [state: number, pcm: number, packet: number];

  constructor(plan: VoiceEncoderPlan) {
    shared ??= OpusWasm.load();
    this.#wasm = shared;
    this.#plan = plan;
    this.packetSamples = (RATE_HZ * plan.packetMs) / 1_000;
    const { exports } = this.#wasm;
    const state = this.#wasm.allocate(exports.opus_encoder_get_size(plan.channelCount));
    const pcm = this.#wasm.allocate(this.packetSamples * plan.channelCount * 2);
    this.#pointers = [state, pcm, this.#wasm.allocate(PACKET_BYTES_MAX)];
    const application = plan.hasFec || plan.hasDtx ? APPLICATION_VOIP : APPLICATION_AUDIO;
    exports.opus_encoder_init(state, RATE_HZ, plan.channelCount, application);
    exports.opus_encoder_ctl_set(state, SET_BITRATE, plan.bitrateBps);
    exports.opus_encoder_ctl_set(state, SET_COMPLEXITY, COMPLEXITY);
    exports.opus_encoder_ctl_set(state, SET_DTX, plan.hasDtx ? 1 : 0);
    if (!plan.hasFec) return;
    exports.opus_encoder_ctl_set(state, SET_INBAND_FEC, 1);
    exports.opus_encoder_ctl_set(state, SET_PACKET_LOSS_PERCENT, EXPECTED_LOSS_PERCENT);
  }

  /** One packet of `packetSamples` mono samples; both channels are the same. The bytes are the caller's. */
  encode(mono: Int16Array): Uint8Array {
    const [state, pcmPointer, packetPointer] = this.#pointers;
    const { channelCount } = this.#plan;
    const pcm = this.#wasm.samples(pcmPointer, this.packetSamples * channelCount);
    for (let index = 0; index < pcm.length; index += 1) {
      pcm[index] = mono[Math.floor(index / channelCount)] ?? 0;
    }
    const sizeBytes = this.#wasm.exports.opus_encode(
      state,
      pcmPointer,
      this.packetSamples,
      packetPointer,
      PACKET_BYTES_MAX,
    );
    if (sizeBytes <= 0) throw new Error(`opus_encode answers ${sizeBytes}`);
    return this.#wasm.bytes(packetPointer, sizeBytes).slice();
  }

  close(): void {
    for (const pointer of this.#pointers) this.#wasm.exports.free(pointer);
  }
}
