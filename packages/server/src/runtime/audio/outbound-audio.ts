import { type AudioCodec, type AudioEncoder, RtpSender, type RtpSenderStart } from '@prism/core';

export interface OutboundAudioOptions {
  readonly codec: AudioCodec;
  readonly sender: RtpSenderStart;
  /** Takes one packet; the bytes are only valid during the call. */
  readonly send: (bytes: Uint8Array) => void;
}

export interface OutboundAudioCounters {
  readonly packetsSent: number;
}

/** The answer's audio from PCM to RTP; owns the encoder and frees it. */
export class OutboundAudio {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #encoder: AudioEncoder;
  readonly #sender: RtpSender;

  constructor(options: OutboundAudioOptions) {
    this.#send = options.send;
    this.#encoder = options.codec.openEncoder();
    this.#sender = new RtpSender(options.sender);
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number): void {
    this.#send(this.#sender.packetize(this.#encoder.encode(pcm), slot));
  }

  counters(): OutboundAudioCounters {
    return { packetsSent: this.#sender.packetsSent };
  }

  close(): void {
    this.#encoder.close();
  }
}
