import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '@prism/core';
import { after } from '@prism/core';
import {
  CLIENT_EVENT_BYTES_MAX,
  CLOSE_CODES,
  ERROR_CATALOGUE,
  errorBody,
  type PrismErrorInfo,
  parseCallId,
  type SessionConfig,
} from '@prism/protocol';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { CallService, Joined } from '../runtime/call-service.ts';
import type { ControllerListener } from '../runtime/ports/controller.ts';
import type { Gate } from '../runtime/ports/gate.ts';
import type { SessionRequest } from '../runtime/session-request.ts';
import { isAudioAppend } from './audio-append.ts';
import { type ConnectRequest, readConnectRequest } from './connect-request.ts';
import { SocketSink } from './socket-sink.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

export interface RealtimeSocketsOptions {
  readonly calls: CallService;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly newRequestId: () => string;
  readonly newEventId: () => string;
  /** Headers of the caller that the upstream may see, in lower case. */
  readonly forwardedHeaders: readonly string[];
}

const PATHS: ReadonlySet<string> = new Set(['/v1/realtime', '/openai/v1/realtime']);
/** A socket that hasn't answered a ping by the next one is gone. */
const PING_INTERVAL_MS = 20_000;
/** How long sockets have for their close handshake when the server ends. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Smaller messages aren't deflated, and audio never is. */
const DEFLATE_BYTES_MIN = 1_024;

/**
 * `WS /v1/realtime`: sessions of their own (`?model=`, `?intent=transcription`) and sidebands of calls (`?call_id=`).
 *
 * A foreign origin, an unknown call and a full server are refused with HTTP; a bad key and the beta shape are told
 * on the opened socket, as the Realtime API does, because browsers can read a close code but no HTTP status.
 */
export class RealtimeSockets {
  readonly #options: RealtimeSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #silent = new WeakSet<WebSocket>();
  #pingTimer: Timer | undefined;
  #isClosed = false;

  constructor(options: RealtimeSocketsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: CLIENT_EVENT_BYTES_MAX,
      perMessageDeflate: {
        threshold: DEFLATE_BYTES_MIN,
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
      },
      // The key's protocol is never selected: what is selected is sent back.
      handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
    });
  }

  /** Answers the upgrades of an HTTP server, all of them: nothing else here is a WebSocket. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      // A client that resets its connection has gone; there is nobody to tell.
      stream.on('error', () => undefined);
      this.#upgrade(request, stream, head);
    });
  }

  /** Ends what the sessions haven't ended themselves. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pingTimer?.cancel();
    const { clients } = this.#server;
    if (clients.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(
        after(this.#options.clock.nowMs(), CLOSE_TIMEOUT_MS),
        () => {
          for (const socket of clients) socket.terminate();
        },
      );
      for (const socket of clients) {
        socket.once('close', () => {
          if (clients.size > 0) return;
          timer.cancel();
          resolve();
        });
      }
    });
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const asked = readConnectRequest(request);
    const admission = this.#options.gate.admit(asked);
    const isKeyRefused =
      !admission.isAdmitted && ERROR_CATALOGUE[admission.error.code].httpStatus === 401;
    const refusal = admission.isAdmitted || isKeyRefused ? this.#refusalOf(asked) : admission.error;
    if (refusal !== undefined) {
      refuseUpgrade(stream, refusal, this.#options.newRequestId());
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      // An error of the transport is followed by its close, which is where the controller leaves.
      socket.on('error', () => undefined);
      socket.on('pong', () => this.#silent.delete(socket));
      this.#pingTimer ??= this.#schedulePing();
      if (asked.isBeta) {
        const message = 'The beta shape of the Realtime API is not spoken.';
        this.#refuse(socket, { code: 'beta_api_shape_disabled', message });
      } else if (!admission.isAdmitted) {
        this.#refuse(socket, admission.error);
      } else {
        this.#serve(socket, asked, this.#requestOf(request, asked, admission.session));
      }
    });
  }

  /** What is refused before the socket opens. */
  #refusalOf(asked: ConnectRequest): PrismErrorInfo | undefined {
    if (!PATHS.has(asked.path)) {
      return { code: 'unknown_url', message: `There is no WebSocket at ${asked.path}.` };
    }
    if (asked.intent !== undefined && asked.intent !== 'transcription') {
      const message = `The intent '${asked.intent.slice(0, 100)}' is not known: leave it out, or use 'transcription'.`;
      return { code: 'invalid_request', message, param: 'intent' };
    }
    if (asked.callId === undefined) return this.#options.calls.refusal();
    const callId = parseCallId(asked.callId);
    if (callId !== undefined && this.#options.calls.describe(callId) !== undefined)
      return undefined;
    const message = 'No session found for the provided call_id.';
    return { code: 'call_id_not_found', message, param: '' };
  }

  #requestOf(
    request: IncomingMessage,
    asked: ConnectRequest,
    session: SessionConfig | undefined,
  ): SessionRequest {
    const upstreamHeaders: Record<string, string> = {};
    for (const name of this.#options.forwardedHeaders) {
      const value = request.headers[name];
      if (typeof value === 'string') upstreamHeaders[name] = value;
    }
    const isTranscription = asked.intent === 'transcription' || session?.type === 'transcription';
    return {
      intent: isTranscription ? 'transcription' : 'realtime',
      model: asked.model,
      session,
      upstreamHeaders,
    };
  }

  #serve(socket: WebSocket, asked: ConnectRequest, request: SessionRequest): void {
    const joined = this.#join(asked, request, new SocketSink(socket));
    if (!joined.isJoined) {
      this.#refuse(socket, joined.error);
      return;
    }
    const { listener } = joined;
    socket.on('message', (data, isBinary) => receive(listener, data, isBinary));
    socket.on('close', () => listener.closed());
  }

  #join(asked: ConnectRequest, request: SessionRequest, sink: SocketSink): Joined {
    const { calls } = this.#options;
    if (asked.callId === undefined) return calls.openSocket(request, sink);
    const callId = parseCallId(asked.callId);
    if (callId !== undefined) return calls.joinCall(callId, sink);
    const message = 'No session found for the provided call_id.';
    return { isJoined: false, error: { code: 'call_id_not_found', message, param: '' } };
  }

  /** Tells why, and closes with `<type>.<code>` as its reason, as the Realtime API does. */
  #refuse(socket: WebSocket, info: PrismErrorInfo): void {
    const { error } = errorBody(info);
    const event = {
      type: 'error',
      event_id: this.#options.newEventId(),
      error: { ...error, event_id: null },
    };
    socket.send(JSON.stringify(event));
    const { httpStatus } = ERROR_CATALOGUE[info.code];
    const code =
      info.code === 'beta_api_shape_disabled'
        ? CLOSE_CODES.betaShapeDisabled
        : httpStatus === 401
          ? CLOSE_CODES.invalidApiKey
          : CLOSE_CODES.tryAgainLater;
    socket.close(code, `invalid_request_error.${info.code}`);
  }

  /** Pings as long as there are sockets. */
  #schedulePing(): Timer {
    const { clock } = this.#options;
    return clock.setTimer(after(clock.nowMs(), PING_INTERVAL_MS), () => {
      const { clients } = this.#server;
      for (const socket of clients) {
        if (this.#silent.has(socket)) socket.terminate();
        this.#silent.add(socket);
        socket.ping();
      }
      this.#pingTimer = clients.size > 0 && !this.#isClosed ? this.#schedulePing() : undefined;
    });
  }
}

function receive(listener: ControllerListener, data: RawData, isBinary: boolean): void {
  // `ws` gives one buffer per message unless it is asked for something else.
  if (!Buffer.isBuffer(data)) return;
  if (!isBinary && isAudioAppend(data)) listener.append(data);
  else listener.message(data.toString('utf8'));
}
