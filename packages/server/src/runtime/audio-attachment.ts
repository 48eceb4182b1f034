import {
  type AudioCodec,
  type AudioDecoder,
  type AudioEncoder,
  RtpReceiver,
  type RtpReceiverCounters,
  RtpSender,
  type RtpSenderStart,
} from '@prism/core';
import { parseRtpPacket } from '@prism/protocol';

/** Silence handed on in pieces of this size, so that a long gap needs no large array. */
const SILENCE_PIECE_SAMPLES = 2_400;

export interface AudioAttachmentOptions {
  readonly codec: AudioCodec;
  readonly receivedPayloadType: number;
  readonly sender: RtpSenderStart;
  /** Takes decoded audio; the array is only valid during the call. */
  readonly receive: (pcm: Int16Array) => void;
  readonly sendRtp: (bytes: Uint8Array) => void;
}

export interface AudioAttachmentCounters extends RtpReceiverCounters {
  readonly packetsMalformed: number;
  readonly packetsSent: number;
}

/** One client's audio between RTP and PCM, both ways; owns the codec state and frees it. */
export class AudioAttachment {
  readonly #options: AudioAttachmentOptions;
  readonly #decoder: AudioDecoder;
  readonly #encoder: AudioEncoder;
  readonly #receiver: RtpReceiver;
  readonly #sender: RtpSender;
  readonly #silence = new Int16Array(SILENCE_PIECE_SAMPLES);
  #packetsMalformed = 0;
  #isClosed = false;

  constructor(options: AudioAttachmentOptions) {
    this.#options = options;
    this.#decoder = options.codec.openDecoder();
    this.#encoder = options.codec.openEncoder();
    this.#receiver = new RtpReceiver(options.receivedPayloadType);
    this.#sender = new RtpSender(options.sender);
  }

  /** Takes one RTP packet from the wire. A malformed one is counted and otherwise ignored. */
  rtp(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const packet = parseRtpPacket(bytes);
    if (packet === undefined) {
      this.#packetsMalformed += 1;
      return;
    }
    const verdict = this.#receiver.push(packet);
    if (verdict.type === 'drop') return;
    if (verdict.concealSamples > 0)
      this.#options.receive(this.#decoder.conceal(verdict.concealSamples));
    this.#receiveSilence(verdict.silenceSamples);
    const pcm = this.#decoder.decode(verdict.payload);
    if (pcm === undefined) {
      this.#packetsMalformed += 1;
      return;
    }
    this.#receiver.played(pcm.length);
    this.#options.receive(pcm);
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number): void {
    if (this.#isClosed) return;
    this.#options.sendRtp(this.#sender.packetize(this.#encoder.encode(pcm), slot));
  }

  counters(): AudioAttachmentCounters {
    return {
      ...this.#receiver.counters(),
      packetsMalformed: this.#packetsMalformed,
      packetsSent: this.#sender.packetsSent,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#decoder.close();
    this.#encoder.close();
  }

  #receiveSilence(samples: number): void {
    for (let left = samples; left > 0; left -= SILENCE_PIECE_SAMPLES) {
      this.#options.receive(this.#silence.subarray(0, Math.min(left, SILENCE_PIECE_SAMPLES)));
    }
  }
}
