import {
  DataChannels,
  type DataChannelsEffect,
  type DataChannelsInput,
  type MonotonicMs,
  type SctpCounters,
} from '@prism/core';
import type { SendOutcome } from '../runtime/ports/controller.ts';
import type { PeerListener } from '../runtime/ports/peer.ts';

/** What official clients call the channel of the events. */
const CHANNEL_LABEL = 'oai-events';
/** What may wait for a client that takes its events slowly; what is beyond is refused. */
const SEND_QUEUE_BYTES_MAX = 8 * 1024 * 1024;

export interface EventChannelOptions {
  /** What the client's SDP says of it. */
  readonly sctpPort: number;
  readonly messageBytesMax: number;
  /** What ours says. */
  readonly localSctpPort: number;
  readonly localMessageBytesMax: number;
  readonly randomUint32: () => number;
  /** Stream id of a pre-negotiated data channel; undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
  readonly listener: PeerListener;
  /** The client has ended the association. */
  readonly ended: () => void;
  /** Sends one SCTP packet through DTLS. */
  readonly send: (packet: Uint8Array, nowMs: MonotonicMs) => void;
}

/** The data channel of one client's events. One carries them: a client that opens more gets them closed. */
export class EventChannel {
  readonly #channels: DataChannels;
  readonly #options: EventChannelOptions;
  #streamId: number | undefined;
  #isOpen = false;
  /** Messages of this turn of the event loop; they leave at its end. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Nothing is told or awaited any more. */
  #hasEnded = false;

  constructor(options: EventChannelOptions) {
    this.#options = options;
    this.#channels = new DataChannels({
      random32: options.randomUint32,
      localPort: options.localSctpPort,
      remotePort: options.sctpPort,
      messageBytesMax: options.localMessageBytesMax,
      remoteMessageBytesMax: options.messageBytesMax,
      sendQueueBytesMax: SEND_QUEUE_BYTES_MAX,
    });
    this.#streamId = options.dataChannelId;
  }

  get deadlineMs(): MonotonicMs | undefined {
    return this.#hasEnded ? undefined : this.#channels.deadlineMs;
  }

  get counters(): SctpCounters {
    return this.#channels.counters;
  }

  get rttMs(): number | undefined {
    return this.#channels.rttMs;
  }

  /** DTLS has keys: the association begins. `roundTripMs` is what DTLS has seen of the way, if it has. */
  start(roundTripMs: number | undefined, nowMs: MonotonicMs): void {
    const { dataChannelId: streamId } = this.#options;
    if (streamId !== undefined)
      this.#handle({ type: 'open', streamId, label: CHANNEL_LABEL, isNegotiated: true }, nowMs);
    this.#handle({ type: 'start', roundTripMs }, nowMs);
  }

  /** Takes one SCTP packet. */
  packet(bytes: Uint8Array, nowMs: MonotonicMs): void {
    this.#handle({ type: 'packet', bytes }, nowMs);
  }

  deadlineDue(nowMs: MonotonicMs): void {
    this.#handle({ type: 'deadline' }, nowMs);
  }

  /** Takes a message, which leaves with the next {@link flush}. */
  sendText(text: string): SendOutcome {
    if (!this.#isOpen) return 'unsent';
    const bytes = Buffer.from(text);
    if (bytes.length > this.#options.messageBytesMax) return 'too_large';
    const queuedBytes = this.#channels.bufferedBytes + this.#waitingBytes + bytes.length;
    if (queuedBytes > SEND_QUEUE_BYTES_MAX) return 'unsent';
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    return 'sent';
  }

  /** Sends what waits. */
  flush(nowMs: MonotonicMs): void {
    const streamId = this.#streamId;
    if (this.#waiting.length === 0 || streamId === undefined) return;
    for (const bytes of this.#takeWaiting())
      this.#handle({ type: 'send', streamId, kind: 'text', bytes }, nowMs);
  }

  /** Closes the channel and lets the client know, as far as one packet can. */
  close(nowMs: MonotonicMs): void {
    this.#hasEnded = true;
    this.flush(nowMs);
    const streamId = this.#streamId;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    if (streamId !== undefined && wasOpen) this.#handle({ type: 'close_channel', streamId }, nowMs);
  }

  /** What carries the association is no more: an open channel is told as closed, and nothing after that. */
  connectionEnded(): void {
    if (this.#streamId !== undefined) this.#closed(this.#streamId);
    this.#hasEnded = true;
  }

  #handle(input: DataChannelsInput, nowMs: MonotonicMs): void {
    for (const effect of this.#channels.handle(input, nowMs)) this.#perform(effect, nowMs);
  }

  #perform(effect: DataChannelsEffect, nowMs: MonotonicMs): void {
    if (effect.type === 'packet') return this.#options.send(effect.bytes, nowMs);
    if (this.#hasEnded) return;
    switch (effect.type) {
      case 'channel_opened':
        return this.#opened(effect.streamId, nowMs);
      case 'message':
        if (effect.streamId === this.#streamId)
          this.#options.listener.channelMessage(Buffer.from(effect.bytes).toString());
        return;
      case 'channel_closed':
        return this.#closed(effect.streamId);
      case 'closed':
        // Clients on libdatachannel say no other goodbye: DTLS's follows only what they don't wait for.
        if (effect.reason === 'peer_closed' || effect.reason === 'peer_aborted')
          this.#options.ended();
        return;
      case 'refused':
        // Of a channel that has ended meanwhile the end is told. One with too many messages is given up.
        if (effect.reason === 'queue_full') this.#giveUp(effect.streamId, nowMs);
        return;
    }
  }

  #opened(streamId: number, nowMs: MonotonicMs): void {
    if (this.#streamId !== undefined && this.#streamId !== streamId) {
      this.#handle({ type: 'close_channel', streamId }, nowMs);
      return;
    }
    this.#streamId = streamId;
    this.#isOpen = true;
    this.#options.listener.channelOpened();
  }

  /** What is lost of a channel that is reliable would be missed: it ends, and takes nothing more from now on. */
  #giveUp(streamId: number, nowMs: MonotonicMs): void {
    this.#handle({ type: 'close_channel', streamId }, nowMs);
    this.#closed(streamId);
  }

  #closed(streamId: number): void {
    if (streamId !== this.#streamId || !this.#isOpen) return;
    this.#isOpen = false;
    this.#streamId = this.#options.dataChannelId;
    this.#takeWaiting();
    this.#options.listener.channelClosed();
  }

  #takeWaiting(): readonly Uint8Array[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting;
  }
}
