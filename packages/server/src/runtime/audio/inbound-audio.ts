import {
  type AudioCodec,
  type AudioDecoder,
  RtpReceiver,
  type RtpReceiverCounters,
} from '@prism/core';
import { parseRtpPacket, type RtpPacket } from '@prism/protocol';

/** Silence handed on in pieces of this size, so that a long gap needs no large array. */
const SILENCE_PIECE_SAMPLES = 2_400;

export interface InboundAudioOptions {
  readonly codec: AudioCodec;
  readonly payloadType: number;
  /** Takes decoded audio; the array is only valid during the call. */
  readonly receive: (pcm: Int16Array) => void;
  /** Is told of every RTP packet, before anything is decided about it. */
  readonly arrived: (packet: RtpPacket) => void;
}

export interface InboundAudioCounters extends RtpReceiverCounters {
  readonly packetsMalformed: number;
}

/** One client's audio from RTP to PCM; owns the decoder and frees it. */
export class InboundAudio {
  readonly #receive: (pcm: Int16Array) => void;
  readonly #arrived: (packet: RtpPacket) => void;
  readonly #decoder: AudioDecoder;
  readonly #receiver: RtpReceiver;
  readonly #silence = new Int16Array(SILENCE_PIECE_SAMPLES);
  #packetsMalformed = 0;

  constructor(options: InboundAudioOptions) {
    this.#receive = options.receive;
    this.#arrived = options.arrived;
    this.#decoder = options.codec.openDecoder();
    this.#receiver = new RtpReceiver(options.payloadType);
  }

  /** Takes one RTP packet from the wire. A malformed one is counted and otherwise ignored. */
  rtp(bytes: Uint8Array): void {
    const packet = parseRtpPacket(bytes);
    if (packet === undefined) {
      this.#packetsMalformed += 1;
      return;
    }
    this.#arrived(packet);
    const verdict = this.#receiver.push(packet);
    if (verdict.type === 'drop') return;
    if (verdict.concealSamples > 0) this.#receive(this.#decoder.conceal(verdict.concealSamples));
    this.#receiveSilence(verdict.silenceSamples);
    const pcm = this.#decoder.decode(verdict.payload);
    if (pcm === undefined) {
      this.#packetsMalformed += 1;
      return;
    }
    this.#receiver.played(pcm.length);
    this.#receive(pcm);
  }

  counters(): InboundAudioCounters {
    return { ...this.#receiver.counters(), packetsMalformed: this.#packetsMalformed };
  }

  close(): void {
    this.#decoder.close();
  }

  #receiveSilence(samples: number): void {
    for (let left = samples; left > 0; left -= SILENCE_PIECE_SAMPLES) {
      this.#receive(this.#silence.subarray(0, Math.min(left, SILENCE_PIECE_SAMPLES)));
    }
  }
}
