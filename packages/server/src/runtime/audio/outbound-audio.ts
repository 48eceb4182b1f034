import {
  type AudioCodec,
  type AudioEncoder,
  LossProtection,
  type MediaStats,
  type MonotonicMs,
  RedundantAudio,
  RtpSender,
  type RtpSenderStart,
  SentHistory,
} from '@prism/core';
import { RTP_HEADER_BYTES } from '@prism/protocol';

export interface OutboundAudioOptions {
  readonly codec: AudioCodec;
  readonly sender: RtpSenderStart;
  /** Payload type of redundant audio; `undefined` if it was not negotiated. */
  readonly redPayloadType: number | undefined;
  /** Takes one packet; the bytes are only valid during the call. */
  readonly send: (bytes: Uint8Array) => void;
  /** Is told of every packet but those sent again. */
  readonly sent: (payloadBytes: number, nowMs: MonotonicMs) => void;
}

export type OutboundAudioCounters = Omit<
  MediaStats['outbound'],
  'packetsLost' | 'fractionLost' | 'jitterMs'
>;

/** The answer's audio from PCM to RTP, and again when it is asked for; owns the encoder and frees it. */
export class OutboundAudio {
  readonly #options: OutboundAudioOptions;
  readonly #encoder: AudioEncoder;
  readonly #sender: RtpSender;
  readonly #history = new SentHistory();
  readonly #protection: LossProtection;
  readonly #redundant: RedundantAudio | undefined;
  #bytes = 0;
  #nacksReceived = 0;
  #nacksAnswered = 0;

  constructor(options: OutboundAudioOptions) {
    this.#options = options;
    this.#encoder = options.codec.openEncoder();
    this.#sender = new RtpSender(options.sender);
    const canSendRed = options.redPayloadType !== undefined;
    this.#protection = new LossProtection({ canSendRed });
    this.#redundant = canSendRed ? new RedundantAudio(options.sender.payloadType) : undefined;
  }

  /** RTP time between slots, for sender reports. */
  timestampAt(slotPosition: number): number {
    return this.#sender.timestampAt(slotPosition);
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number, nowMs: MonotonicMs): void {
    const packet = this.#packetize(this.#encoder.encode(pcm), slot);
    const payloadBytes = packet.length - RTP_HEADER_BYTES;
    this.#bytes += payloadBytes;
    this.#history.keep(this.#sender.lastSequenceNumber, packet, nowMs);
    this.#options.send(packet);
    this.#options.sent(payloadBytes, nowMs);
  }

  /** The listener misses these packets: what is still there is sent again. */
  nack(sequenceNumbers: readonly number[], rttMs: number | undefined, nowMs: MonotonicMs): void {
    for (const sequenceNumber of sequenceNumbers) {
      this.#nacksReceived += 1;
      const packet = this.#history.takeAgain(sequenceNumber, rttMs, nowMs);
      if (packet === undefined) continue;
      this.#nacksAnswered += 1;
      this.#options.send(packet);
    }
  }

  /** The listener reports that this share of the packets was lost, 0 … 1. */
  lossReported(fractionLost: number, nowMs: MonotonicMs): void {
    this.#protection.reported(fractionLost, nowMs);
    this.#encoder.protect(this.#protection.expectedLossPercent);
  }

  counters(): OutboundAudioCounters {
    return {
      packets: this.#sender.packetsSent,
      bytes: this.#bytes,
      nacksReceived: this.#nacksReceived,
      nacksAnswered: this.#nacksAnswered,
      protection: this.#protection.protection,
      protectionChanges: this.#protection.changes,
    };
  }

  close(): void {
    this.#encoder.close();
  }

  #packetize(audio: Uint8Array, slot: number): Uint8Array {
    const { redPayloadType } = this.#options;
    const { copyCount } = this.#protection;
    const packet =
      this.#redundant === undefined || copyCount === 0
        ? this.#sender.packetize(audio, slot)
        : this.#sender.packetize(
            this.#redundant.wrap(audio, slot, copyCount),
            slot,
            redPayloadType,
          );
    this.#redundant?.keep(audio, slot);
    return packet;
  }
}
