import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@prism/core';
import { CLIENT_EVENT_BYTES_MAX, type PrismErrorInfo } from '@prism/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { CallService } from '../runtime/call-service.ts';
import type { ControllerListener } from '../runtime/ports/controller.ts';
import { isAudioAppend } from './audio-append.ts';
import { type HandshakeParts, type HandshakeVerdict, judgeHandshake } from './handshake.ts';
import { SocketKeeper } from './socket-keeper.ts';
import { refuseOnSocket } from './socket-refusal.ts';
import { SocketSink } from './socket-sink.ts';
import { TextLane } from './text-lane.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

export interface RealtimeSocketsOptions extends HandshakeParts {
  readonly calls: Pick<CallService, 'refusal' | 'has' | 'openSocket' | 'joinCall'>;
  readonly clock: Clock;
  readonly newRequestId: () => string;
  readonly newEventId: () => string;
  /** Whether permessage-deflate is accepted where a client offers it (RFC 7692). */
  readonly acceptsDeflate: boolean;
}

/** Smaller messages aren't deflated, and audio never is. Nothing is remembered from message to message. */
const DEFLATE = {
  threshold: 1_024,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
} as const;

/** `WS /v1/realtime`: sessions of their own (`?model=`, `?intent=transcription`) and sidebands of calls (`?call_id=`). */
export class RealtimeSockets {
  readonly #options: RealtimeSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #keeper: SocketKeeper;

  constructor(options: RealtimeSocketsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: CLIENT_EVENT_BYTES_MAX,
      perMessageDeflate: options.acceptsDeflate ? DEFLATE : false,
      // The key's protocol is never selected: what is selected is sent back.
      handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
    });
    this.#keeper = new SocketKeeper(options.clock, this.#server.clients);
  }

  /** Ends what the sessions haven't ended themselves. Idempotent. */
  async close(): Promise<void> {
    await this.#keeper.close();
  }

  /** Answers one upgrade. Paths that nobody knows are refused here. */
  async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const verdict = await judgeHandshake(request, this.#options);
    if (verdict.type === 'refuse') {
      refuseUpgrade(stream, verdict.error, this.#options.newRequestId());
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      // An error of the transport is followed by its close, which is where the controller leaves.
      socket.on('error', () => undefined);
      this.#keeper.watch(socket);
      if (verdict.type === 'refuse_on_socket') this.#refuse(socket, verdict.error);
      else this.#serve(socket, stream, verdict);
    });
  }

  #serve(
    socket: WebSocket,
    stream: Duplex,
    verdict: Extract<HandshakeVerdict, { type: 'session' | 'sideband' }>,
  ): void {
    const { calls } = this.#options;
    const sink = new SocketSink(socket, stream);
    const joined =
      verdict.type === 'session'
        ? calls.openSocket(verdict.request, sink)
        : calls.joinCall(verdict.callId, verdict.access, sink);
    if (!joined.isJoined) {
      this.#refuse(socket, joined.error);
      return;
    }
    const { listener } = joined;
    TextLane.open(socket, stream, (message) => receive(listener, message, false));
    socket.on('message', (data, isBinary) => receive(listener, data, isBinary));
    socket.on('close', () => listener.closed());
  }

  #refuse(socket: WebSocket, info: PrismErrorInfo): void {
    refuseOnSocket(socket, info, this.#options.newEventId());
  }
}

function receive(listener: ControllerListener, data: RawData, isBinary: boolean): void {
  // `ws` gives one buffer per message unless it is asked for something else.
  if (!Buffer.isBuffer(data)) return;
  if (!isBinary && isAudioAppend(data)) listener.append(data);
  else listener.message(data.toString('utf8'));
}
