import type { Duplex } from 'node:stream';
import {
  CLOSE_CODES,
  MEDIA_SOCKET_BACKLOG_MS_MAX,
  MEDIA_SOCKET_CLOCK_HZ,
  MEDIA_SOCKET_PAYLOAD_TYPES,
  type MediaReady,
  type MediaSocketFormat,
} from '@prism/protocol';
import { WebSocket } from 'ws';
import type { SendOutcome, SessionEnd } from '../runtime/ports/controller.ts';
import type {
  AnsweredOffer,
  Peer,
  PeerAudio,
  PeerDescription,
  PeerListener,
} from '../runtime/ports/peer.ts';
import { SocketSink, type WritableSocket } from './socket-sink.ts';

/** Bytes per millisecond at the most: PCM at 24 kHz, and Opus at twice the rate that the encoder is set to. */
const BYTES_PER_MS: Readonly<Record<MediaSocketFormat, number>> = { pcm16: 48, opus: 8 };

/** The stream's canonical name (RFC 3550, section 6.5.1), as in SDP answers. */
const CNAME = 'realtimeapi';

export interface MediaSocketPeerOptions {
  readonly socket: WritableSocket;
  /** The transport below `socket`. */
  readonly stream: Duplex;
  readonly format: MediaSocketFormat;
  readonly ssrc: number;
  readonly listener: PeerListener;
}

/** One client's audio and events on a WebSocket: packets of RTP and RTCP as binary messages, events as text. */
export class MediaSocketPeer implements Peer {
  readonly audio: PeerAudio;
  readonly #socket: WritableSocket;
  readonly #listener: PeerListener;
  readonly #sink: SocketSink;
  readonly #backlogBytesMax: number;
  #bytesSent = 0;
  #bytesReceived = 0;
  #isClosed = false;

  constructor({ socket, stream, format, ssrc, listener }: MediaSocketPeerOptions) {
    this.#socket = socket;
    this.#sink = new SocketSink(socket, stream);
    this.#backlogBytesMax = BYTES_PER_MS[format] * MEDIA_SOCKET_BACKLOG_MS_MAX;
    const payloadType = MEDIA_SOCKET_PAYLOAD_TYPES[format];
    this.audio = {
      codec: format,
      payloadType,
      ssrc,
      cname: CNAME,
      redPayloadType: undefined,
      // Either may come, so that a client whose encoder fails can go on without one.
      formats: new Map([
        [MEDIA_SOCKET_PAYLOAD_TYPES.opus, 'opus'],
        [MEDIA_SOCKET_PAYLOAD_TYPES.pcm16, 'pcm16'],
      ]),
      isNackNegotiated: false,
    };
    this.#listener = listener;
  }

  /** The socket's first message. */
  welcome(callId: string, eventId: string): void {
    const { codec, payloadType, ssrc } = this.audio;
    const ready: MediaReady = {
      type: 'prism.media.ready',
      event_id: eventId,
      call_id: callId,
      audio: {
        format: codec === 'opus' ? 'opus' : 'pcm16',
        payload_type: payloadType,
        clock_hz: MEDIA_SOCKET_CLOCK_HZ,
        ssrc,
      },
    };
    this.#sink.send(JSON.stringify(ready));
  }

  sendPacket(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#socket.readyState !== WebSocket.OPEN) return false;
    // A network that stands still must not be behind by ever more sound when it moves again.
    if (this.#socket.bufferedAmount > this.#backlogBytesMax) return false;
    this.#socket.send(Buffer.from(bytes), { binary: true, compress: false });
    this.#bytesSent += bytes.length;
    return true;
  }

  sendText(text: string): SendOutcome {
    return this.#isClosed ? 'unsent' : this.#sink.send(text);
  }

  restart(): AnsweredOffer | undefined {
    return undefined;
  }

  describe(): PeerDescription {
    return {
      state: this.#isClosed ? 'closed' : 'connected',
      endReason: undefined,
      ice: undefined,
      rttMs: undefined,
      handshakeRepeats: 0,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      refused: undefined,
    };
  }

  close(end?: SessionEnd): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (end !== undefined) this.#sink.end(end);
    else this.#socket.close(CLOSE_CODES.normal, 'Another connection took its place.');
  }

  /** A message of the client. The bytes are only valid during the call. */
  received(bytes: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return;
    this.#bytesReceived += bytes.length;
    if (isBinary) this.#listener.packet(bytes);
    else this.#listener.channelMessage(bytes.toString('utf8'));
  }

  /** The socket is closed. Only who says goodbye means it: everybody else may come back. */
  ended(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.channelClosed();
    if (code === CLOSE_CODES.normal) this.#listener.closed();
    else this.#listener.lost();
  }
}
