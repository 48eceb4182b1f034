import type { IncomingMessage } from 'node:http';
import type { UpstreamClose } from '@prism/core';
import {
  decodeServerEvent,
  SOCKET_BUFFER_BYTES_MAX,
  UPSTREAM_EVENT_BYTES_MAX,
} from '@prism/protocol';
import { WebSocket } from 'ws';
import type {
  DialRequest,
  Upstream,
  UpstreamDialer,
  UpstreamListener,
} from '../runtime/ports/upstream.ts';
import { isAudioDelta, measureAudioDelta, PcmScratch, readAudioDelta } from './audio-delta.ts';
import {
  backlogFailure,
  closeFailure,
  connectFailure,
  handshakeFailure,
  type UpstreamFailure,
  withoutKeys,
} from './failures.ts';
import { FrameRooms, FrameWriter } from './frame-writer.ts';

export interface RealtimeTarget {
  /** The WebSocket URL with the query of a session that asks for nothing. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly handshakeTimeoutMs: number;
  /** Called before each message, of which many may be read in one turn of the event loop. */
  readonly beforeMessage?: () => void;
}

/** Longest part of an upstream's refusal that is read. */
const REFUSAL_BYTES_MAX = 4_096;

/** Dials any server that speaks the Realtime GA wire over a WebSocket. */
export function createRealtimeDialer(target: RealtimeTarget): UpstreamDialer {
  const shared = { scratch: new PcmScratch(), rooms: new FrameRooms() };
  return {
    dial: (listener, request) =>
      new RealtimeConnection({ ...target, ...shared }, listener, request),
  };
}

/** The URL of one session: the model it asks for, or the intent in its place (Realtime reference, connect). */
function urlFor(target: RealtimeTarget, request: DialRequest): string {
  const url = new URL(target.url);
  if (request.intent === 'transcription') {
    url.searchParams.delete('model');
    url.searchParams.set('intent', 'transcription');
  } else if (request.model !== undefined) {
    url.searchParams.set('model', request.model);
  }
  return url.href;
}

class RealtimeConnection implements Upstream {
  readonly #socket: WebSocket;
  /** To what is below the WebSocket, once that has begun to open. */
  #frames: FrameWriter | undefined;
  readonly #listener: UpstreamListener;
  readonly #scratch: PcmScratch;
  readonly #audio: DialRequest['audio'];
  #isOver = false;

  constructor(
    {
      scratch,
      rooms,
      ...target
    }: RealtimeTarget & { readonly scratch: PcmScratch; readonly rooms: FrameRooms },
    listener: UpstreamListener,
    request: DialRequest,
  ) {
    this.#listener = listener;
    this.#scratch = scratch;
    this.#audio = request.audio;
    this.#socket = new WebSocket(urlFor(target, request), {
      headers: { ...request.headers, ...target.headers },
      handshakeTimeout: target.handshakeTimeoutMs,
      maxPayload: UPSTREAM_EVENT_BYTES_MAX,
      // Audio in base64 gains little from deflate and costs a lot of time.
      perMessageDeflate: false,
      followRedirects: false,
    });
    this.#socket.on('upgrade', ({ socket }) => {
      this.#frames = new FrameWriter(socket, rooms);
    });
    this.#socket.on('open', () => {
      if (!this.#isOver) this.#listener.ready();
    });
    this.#socket.on('message', (data, isBinary) => {
      target.beforeMessage?.();
      this.#receive(data, isBinary);
    });
    this.#socket.on('unexpected-response', (_request, response) => this.#readRefusal(response));
    this.#socket.on('error', (error) => this.#fail(connectFailure(error)));
    this.#socket.on('close', (code, bytes) => {
      const reason = withoutKeys(bytes.toString());
      this.#fail(closeFailure(code, reason), { code, reason });
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (this.#takesMore) this.#socket.send(text);
  }

  // Audio goes past `ws`, which without deflate writes each of its own frames whole and at once.
  relay(bytes: Uint8Array): void {
    if (this.#takesMore) this.#frames?.relay(bytes);
  }

  append(pcm: Int16Array): void {
    if (this.#takesMore) this.#frames?.append(pcm);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  /** Whether it is open and reads. */
  get #takesMore(): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount <= SOCKET_BUFFER_BYTES_MAX) return true;
    this.#fail(backlogFailure(SOCKET_BUFFER_BYTES_MAX));
    this.#socket.terminate();
    return false;
  }

  #receive(data: WebSocket.RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    if (isBinary || !Buffer.isBuffer(data)) {
      this.#listener.event({ kind: 'garbage', reason: 'binary frame' }, '');
      return;
    }
    if (this.#audio !== 'decoded') return this.#receiveUndecoded(data);
    const delta = readAudioDelta(data, this.#scratch);
    if (delta !== undefined) {
      this.#listener.audio(delta.source, delta.pcm);
      return;
    }
    const text = data.toString('utf8');
    const decoded = decodeServerEvent(text);
    if (decoded.kind === 'known' && decoded.event.type === 'response.output_audio.delta') {
      // An unusual spelling that the fast reader left alone.
      const { response_id, item_id, content_index, delta: audio } = decoded.event;
      const source = { responseId: response_id, itemId: item_id, contentIndex: content_index };
      this.#listener.audio(source, this.#scratch.decode(audio));
      return;
    }
    this.#listener.event(decoded, text);
  }

  #receiveUndecoded(data: Buffer): void {
    if (isAudioDelta(data)) {
      this.#listener.delta(data, this.#audio === 'measured' ? measureAudioDelta(data) : undefined);
      return;
    }
    const text = data.toString('utf8');
    this.#listener.event(decodeServerEvent(text), text);
  }

  /** An HTTP answer instead of a WebSocket: reads a little of its body for the message. */
  #readRefusal(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const finish = (): void => {
      const body = Buffer.concat(chunks).subarray(0, REFUSAL_BYTES_MAX).toString('utf8');
      this.#fail(handshakeFailure(response.statusCode ?? 0, body));
      this.#socket.terminate();
    };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= REFUSAL_BYTES_MAX) response.destroy();
    });
    response.on('error', finish);
    response.on('close', finish);
  }

  #fail(failure: UpstreamFailure, close?: UpstreamClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.failed({ ...failure, close });
  }
}
