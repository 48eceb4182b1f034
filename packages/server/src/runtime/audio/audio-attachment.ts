import type { AudioCodec, MonotonicMs, PayloadFormats, RtpSenderStart, Timer } from '@prism/core';
import { isRtcp } from '@prism/protocol';
import { InboundAudio, type InboundAudioCounters } from './inbound-audio.ts';
import { OutboundAudio, type OutboundAudioCounters } from './outbound-audio.ts';

export interface AudioAttachmentOptions {
  readonly codec: AudioCodec;
  /** What the client's payload types stand for. */
  readonly formats: PayloadFormats;
  /** Missing packets may be asked for. */
  readonly isNackNegotiated: boolean;
  /** Calls `fire` once, at or soon after `atMs`, with the time it is then. */
  readonly setTimer: (atMs: MonotonicMs, fire: (nowMs: MonotonicMs) => void) => Timer;
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
    const { codec, formats, isNackNegotiated, setTimer, receive, send } = options;
    this.#inbound = new InboundAudio({
      codec,
      formats,
      isNackNegotiated,
      setTimer,
      receive,
      arrived: () => undefined,
      requestPackets: () => undefined,
    });
    this.#outbound = new OutboundAudio({ codec, sender: options.sender, send });
  }

  /** Takes one packet of the audio section that came at `nowMs`, RTP or RTCP (RFC 5761). */
  packet(bytes: Uint8Array, nowMs: MonotonicMs): void {
    if (this.#isClosed) return;
    if (isRtcp(bytes)) this.#rtcpPacketsReceived += 1;
    else this.#inbound.rtp(bytes, nowMs);
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
