import type { AudioCodec, RtpSenderStart } from '@prism/core';
import { isRtcp } from '@prism/protocol';
import { InboundAudio, type InboundAudioCounters } from './inbound-audio.ts';
import { OutboundAudio, type OutboundAudioCounters } from './outbound-audio.ts';

export interface AudioAttachmentOptions {
  readonly codec: AudioCodec;
  readonly receivedPayloadType: number;
  readonly sender: RtpSenderStart;
  /** Takes decoded audio; the array is only valid during the call. */
  readonly receive: (pcm: Int16Array) => void;
  /** Sends one RTP packet; the bytes are only valid during the call. */
  readonly send: (bytes: Uint8Array) => void;
}

export interface AudioAttachmentCounters extends InboundAudioCounters, OutboundAudioCounters {
  readonly rtcpPacketsReceived: number;
}

/** One client's audio between the wire and PCM, both ways. */
export class AudioAttachment {
  readonly #inbound: InboundAudio;
  readonly #outbound: OutboundAudio;
  #rtcpPacketsReceived = 0;
  #isClosed = false;

  constructor(options: AudioAttachmentOptions) {
    const { codec, receive, send } = options;
    this.#inbound = new InboundAudio({ codec, payloadType: options.receivedPayloadType, receive });
    this.#outbound = new OutboundAudio({ codec, sender: options.sender, send });
  }

  /** Takes one packet of the audio section from the wire, RTP or RTCP (RFC 5761). */
  packet(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (isRtcp(bytes)) this.#rtcpPacketsReceived += 1;
    else this.#inbound.rtp(bytes);
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number): void {
    if (!this.#isClosed) this.#outbound.sendFrame(pcm, slot);
  }

  counters(): AudioAttachmentCounters {
    return {
      ...this.#inbound.counters(),
      ...this.#outbound.counters(),
      rtcpPacketsReceived: this.#rtcpPacketsReceived,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inbound.close();
    this.#outbound.close();
  }
}
