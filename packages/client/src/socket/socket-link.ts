import { PrismClientError } from '../client-error.ts';
import { refusedBy } from '../error-mapping.ts';
import { numberField, objectField, parseWireEvent, textField } from '../wire-event.ts';
import { type MediaPacket, readMediaPacket } from './media-packet.ts';

/** The subprotocol of a media WebSocket, and how a browser presents its key (`docs/reference/media-websocket.md`). */
const PROTOCOL = 'prism.media';
const KEY_PROTOCOL = 'openai-insecure-api-key.';

/** Text that may wait in the socket before sending is refused. */
const SEND_QUEUE_BYTES_MAX = 1_048_576;
/** Audio is left out while more than this waits: a network that stands still must not be talked behind. */
const AUDIO_QUEUE_BYTES_MAX = 48_000;

const NORMAL_CLOSURE = 1000;

/** Where and how a media WebSocket is opened. */
export interface SocketLinkOptions {
  /** Base address of Prism, such as `http://localhost:8080`. */
  readonly url: string;
  readonly token: string | undefined;
  readonly format: 'pcm16' | 'opus';
  /** Members of the query besides. */
  readonly query: Readonly<Record<string, string>>;
}

export interface SocketLinkSink {
  /** The call is there. */
  readonly onReady: (callId: string, ssrc: number) => void;
  readonly onMessage: (text: string) => void;
  readonly onPacket: (packet: MediaPacket) => void;
  /** The socket has ended by itself: before or after it was ready, or by what the server refused it for. */
  readonly onEnded: (code: number, refusal: PrismClientError | undefined) => void;
}

/** The socket of a media WebSocket: events as text, RTP packets as binary messages. */
export class SocketLink {
  readonly #socket: WebSocket;
  readonly #sink: SocketLinkSink;
  #isReady = false;
  /** Early audio that is still in the socket: live audio isn't behind because of it. */
  #earlyBytes = 0;
  #refusal: PrismClientError | undefined;

  constructor(options: SocketLinkOptions, sink: SocketLinkSink) {
    this.#sink = sink;
    const key = options.token === undefined ? [] : [`${KEY_PROTOCOL}${options.token}`];
    this.#socket = new WebSocket(addressOf(options), [PROTOCOL, ...key]);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') this.#text(data);
      else if (data instanceof ArrayBuffer) this.#binary(new Uint8Array(data));
    };
    this.#socket.onclose = ({ code }) => {
      sink.onEnded(code, this.#refusal);
    };
  }

  /** Sends one event; throws `not_connected` or `send_queue_full`. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) throw new PrismClientError('not_connected');
    if (this.#socket.bufferedAmount + text.length > SEND_QUEUE_BYTES_MAX)
      throw new PrismClientError('send_queue_full');
    this.#socket.send(text);
  }

  /** @param isEarly - Said before the socket was open: it goes all at once. */
  sendPacket(bytes: Uint8Array<ArrayBuffer>, isEarly = false): void {
    const isOpen = this.#isReady && this.#socket.readyState === WebSocket.OPEN;
    const { bufferedAmount } = this.#socket;
    if (isEarly) this.#earlyBytes += bytes.length;
    else if (bufferedAmount <= AUDIO_QUEUE_BYTES_MAX) this.#earlyBytes = 0;
    if (isOpen && bufferedAmount <= AUDIO_QUEUE_BYTES_MAX + this.#earlyBytes)
      this.#socket.send(bytes);
  }

  /** Stops telling the sink; the socket stays open. */
  detach(): void {
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
  }

  /** Says goodbye; idempotent. */
  close(): void {
    this.detach();
    this.#socket.close(NORMAL_CLOSURE);
  }

  #text(text: string): void {
    if (this.#isReady) return this.#sink.onMessage(text);
    const event = parseWireEvent(text);
    if (event?.type === 'error') this.#refusal = refusedBy(event);
    const callId = textField(event, 'call_id');
    if (event?.type !== 'prism.media.ready' || callId === undefined) return;
    this.#isReady = true;
    this.#sink.onReady(callId, numberField(objectField(event, 'audio'), 'ssrc') ?? 0);
  }

  #binary(bytes: Uint8Array): void {
    const packet = readMediaPacket(bytes);
    if (packet !== undefined) this.#sink.onPacket(packet);
  }
}

function addressOf({ url, format, query }: SocketLinkOptions): string {
  const base = url.replace(/\/+$/u, '').replace(/^http/u, 'ws');
  const parameters = new URLSearchParams({ format, ...query });
  return `${base}/v1/prism/media?${parameters.toString()}`;
}
