import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { SessionUpdate } from '../wire/session-update.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import { isAllowedOrigin, type KeyRing } from './access.ts';
import {
  type ConnectionRequest,
  keyOfRequest,
  readConnectionRequest,
} from './connection-request.ts';
import { type Handshake, refuseUpgrade, UnansweredHandshakes } from './handshake.ts';
import { type HttpError, httpError, originRefused } from './http-error.ts';
import type { ClientSecretService } from './http-routes.ts';
import { answerHttp } from './http-routes.ts';
import type { SessionRunner } from './session-runner.ts';
import { closeSocket, type WireSocket, wireSocketOf } from './wire-socket.ts';

/** The largest message of a client; a larger one closes its session with 1009. */
export const MESSAGE_BYTES_MAX = 15 * 1024 * 1024;

export interface OpenSessionRequest {
  readonly type: 'realtime' | 'transcription';
  readonly model: string;
  /** The configuration that the ephemeral key is bound to. */
  readonly bound: SessionUpdate | undefined;
  readonly socket: WireSocket;
  /** The handshake's own words; the same object that {@link RealtimeDoorOptions.handshakeOf} was given. */
  readonly asked: ConnectionRequest;
}

export interface RealtimeDoorOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly sessionCountMax: number;
  readonly allowedOrigins: readonly string[];
  readonly keys: KeyRing;
  readonly secrets: ClientSecretService;
  /** Starts the session of an accepted socket. */
  readonly openSession: (request: OpenSessionRequest) => Pick<SessionRunner, 'take' | 'end'>;
  /** A session could not be started; its socket is closed with 1011. */
  readonly onSessionFailed?: (error: unknown) => void;
  /** What becomes of a handshake that is in order; accepted by default. */
  readonly handshakeOf?: (asked: ConnectionRequest) => Handshake;
  readonly newEventId: () => string;
}

/** The engine's door: HTTP and WebSocket on one port, `/v1/realtime` as the Realtime GA reference has it. */
export class RealtimeDoor {
  readonly #options: RealtimeDoorOptions;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #unanswered = new UnansweredHandshakes();
  #sessionCount = 0;
  #isClosing = false;

  constructor(options: RealtimeDoorOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => this.#onRequest(request, response));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
    });
    this.#http.on('upgrade', (request, stream: Duplex, head: Buffer) => {
      this.#onUpgrade(request, stream, head);
    });
  }

  get sessionCount(): number {
    return this.#sessionCount;
  }

  /** Begins to listen; rejects if the address is taken. */
  async listen(): Promise<{ readonly port: number }> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    return { port: (this.#http.address() as AddressInfo).port };
  }

  /** Closes every session with 1001, then the port. Settles when all of them have ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#unanswered.close();
    const ended = [...this.#sockets.clients].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          closeSocket(socket, 1001, 'server_shutdown');
        }),
    );
    const stopped = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    await Promise.all(ended);
    this.#http.closeAllConnections();
    await stopped;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { secrets, keys, allowedOrigins } = this.#options;
    const isKeyed = keys.check(keyOfRequest(request)).type === 'server_key';
    const isFromAllowedOrigin =
      keys.isRequired || isAllowedOrigin(request.headers.origin, allowedOrigins);
    answerHttp({ request, response, secrets, isKeyed, isFromAllowedOrigin });
  }

  #onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // A client that resets its connection has gone; there is nobody to tell.
    stream.on('error', () => undefined);
    const asked = readConnectionRequest(request);
    const refusal = this.#refusalOf(asked);
    if (refusal !== undefined) {
      refuseUpgrade(stream, refusal);
      return;
    }
    const handshake = this.#options.handshakeOf?.(asked) ?? { type: 'accept' };
    switch (handshake.type) {
      case 'accept':
        this.#sockets.handleUpgrade(request, stream, head, (socket) => {
          this.#onSocket(socket, asked);
        });
        return;
      case 'refuse':
        refuseUpgrade(stream, handshake.error, handshake.headers);
        return;
      case 'ignore':
        this.#unanswered.add(stream);
        return;
    }
  }

  /** What is refused before the socket opens, with an HTTP status. */
  #refusalOf(asked: ConnectionRequest): HttpError | undefined {
    if (asked.path !== '/v1/realtime') {
      return httpError(404, 'unknown_url', { message: `Unknown URL: ${asked.path}.` });
    }
    const { keys, allowedOrigins, sessionCountMax } = this.#options;
    if (!keys.isRequired && !isAllowedOrigin(asked.origin, allowedOrigins)) {
      return originRefused();
    }
    if (this.#isClosing) {
      const message = 'The engine is shutting down.';
      return httpError(503, 'server_draining', { message });
    }
    if (this.#sessionCount >= sessionCountMax) {
      const message = `The engine serves at most ${sessionCountMax} sessions at a time.`;
      return httpError(503, 'session_limit_reached', { message });
    }
    if (asked.callId !== undefined) {
      const message = 'No session found for the provided call_id';
      return httpError(404, 'call_id_not_found', { message, param: '' });
    }
    if (asked.intent !== undefined && asked.intent !== 'transcription') {
      const message = `Invalid value: '${asked.intent}'. Supported values are: 'transcription'.`;
      return httpError(400, 'invalid_value', { message, param: 'intent' });
    }
    const access = keys.check(asked.key);
    const isBound = access.type === 'client_secret' && access.session !== undefined;
    if (asked.model === undefined && asked.intent === undefined && !isBound) {
      if (access.type !== 'refused' && !asked.isBeta) {
        const message = "You must provide a 'model' or 'intent' parameter.";
        return httpError(400, 'missing_required_parameter', { message, param: 'model' });
      }
    }
    return undefined;
  }

  #onSocket(socket: WebSocket, asked: ConnectionRequest): void {
    // An error of the transport is followed by its close, which is where the session ends.
    socket.on('error', () => undefined);
    const access = this.#options.keys.check(asked.key);
    if (asked.isBeta) {
      const message =
        'The beta shape of the Realtime API is not spoken; connect without beta header.';
      this.#refuseSocket(socket, 4000, invalidRequest('beta_api_shape_disabled', message));
      return;
    }
    if (access.type === 'refused') {
      const message = 'Incorrect API key provided.';
      this.#refuseSocket(socket, 3000, invalidRequest('invalid_api_key', message));
      return;
    }
    const bound = access.type === 'client_secret' ? access.session : undefined;
    const boundModel = bound?.type === 'realtime' ? bound.model : undefined;
    const intended = asked.intent === 'transcription' ? 'transcription' : 'realtime';
    this.#serve(socket, {
      type: bound?.type ?? intended,
      model: asked.model ?? boundModel ?? 'prism-engine',
      bound,
      socket: wireSocketOf(socket),
      asked,
    });
  }

  #serve(socket: WebSocket, request: OpenSessionRequest): void {
    let runner: ReturnType<RealtimeDoorOptions['openSession']>;
    try {
      runner = this.#options.openSession(request);
    } catch (error) {
      this.#options.onSessionFailed?.(error);
      closeSocket(socket, 1011, 'internal_error');
      return;
    }
    this.#sessionCount += 1;
    socket.on('message', (data, isBinary) => {
      runner.take(
        isBinary
          ? { type: 'client_binary' }
          : { type: 'client_message', text: textOfMessage(data) },
      );
    });
    socket.once('close', () => {
      this.#sessionCount -= 1;
      runner.end();
    });
    runner.take({ type: 'open' });
  }

  /** Tells an error on the open socket and closes it: browsers can't read a refused handshake. */
  #refuseSocket(socket: WebSocket, code: number, error: WireError): void {
    const event = { type: 'error', event_id: this.#options.newEventId(), error };
    socket.send(JSON.stringify(event));
    closeSocket(socket, code, `${error.type}.${error.code}`);
  }
}

function textOfMessage(data: RawData): string {
  if (Array.isArray(data)) {
    return Buffer.concat(data).toString('utf8');
  }
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
