import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import type { Capability } from '../kit/capability.ts';
import type {
  ClientMessage,
  ConformanceConnection,
  ConformanceTransport,
  Incoming,
  OpenOptions,
  OpenResult,
} from './conformance-transport.ts';
import { IncomingQueue } from './incoming-queue.ts';

/** Audio is appended in events of 100 ms. */
const APPEND_SAMPLES = 2_400;

/** The largest refusal that is read, for its error code. */
const BODY_CHARS_MAX = 16_384;

export interface WebSocketTransportOptions {
  /** `ws:` or `wss:` address of `/v1/realtime`, without query. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  /** How long a handshake may take. */
  readonly handshakeTimeoutMs: number;
}

/** Realtime over WebSocket: `GET /v1/realtime?model=…`, one JSON object per text frame. */
export class WebSocketTransport implements ConformanceTransport {
  readonly name = 'websocket';
  readonly lacks: ReadonlyMap<Capability, string> = new Map([
    ['media-playout', 'over WebSocket the client plays'],
  ]);
  readonly #options: WebSocketTransportOptions;

  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
  }

  open(options: OpenOptions): Promise<OpenResult> {
    const { url, model, handshakeTimeoutMs } = this.#options;
    const address = new URL(url);
    for (const [name, value] of Object.entries(options.query ?? { model })) {
      address.searchParams.set(name, value);
    }
    const key = options.key === undefined ? this.#options.key : (options.key ?? undefined);
    const isInProtocol = key !== undefined && options.keyPlace === 'subprotocol';
    const protocols = [
      ...(options.protocols ?? []),
      ...(isInProtocol ? [`openai-insecure-api-key.${key}`] : []),
    ];
    const authorization =
      key === undefined || isInProtocol ? {} : { authorization: `Bearer ${key}` };
    const socket = new WebSocket(address, protocols, {
      headers: { ...authorization, ...options.headers },
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
    });
    return opened(socket);
  }
}

function opened(socket: WebSocket): Promise<OpenResult> {
  const queue = new IncomingQueue();
  socket.on('message', (data, isBinary) => {
    if (isBinary) queue.push({ type: 'malformed', reason: 'a binary message' });
    else queue.pushText(textOf(data));
  });
  socket.on('close', (code, reason) => {
    queue.push({ type: 'closed', code, reason: reason.toString('utf8') });
  });
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve({ type: 'open', connection: new WebSocketConnection(socket, queue) });
    });
    socket.once('unexpected-response', (_request, response) => {
      void bodyOf(response).then((body) => {
        resolve({ type: 'refused', status: response.statusCode ?? 0, body });
      });
    });
    // After the opening an error is followed by the close, which is what is told.
    socket.on('error', (error) => resolve({ type: 'unreachable', reason: error.message }));
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > BODY_CHARS_MAX) break;
    }
  } catch {
    // A body that breaks off is what came of it.
  }
  return body;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

class WebSocketConnection implements ConformanceConnection {
  readonly #socket: WebSocket;
  readonly #queue: IncomingQueue;

  constructor(socket: WebSocket, queue: IncomingQueue) {
    this.#socket = socket;
    this.#queue = queue;
  }

  get selectedProtocol(): string {
    return this.#socket.protocol;
  }

  send(message: ClientMessage | string): void {
    // What is sent to a socket that closes is lost, and its close is told.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendAudio(pcm: Int16Array): void {
    for (let start = 0; start < pcm.length; start += APPEND_SAMPLES) {
      const chunk = pcm.subarray(start, start + APPEND_SAMPLES);
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.send({ type: 'input_audio_buffer.append', audio: bytes.toString('base64') });
    }
  }

  next(): Promise<Incoming> {
    return this.#queue.next();
  }

  ping(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#socket.once('pong', () => resolve(true));
      this.#socket.once('close', () => resolve(false));
      this.#socket.ping();
    });
  }

  close(code = 1000, reason = ''): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(code, reason);
  }
}
