import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** One session as the fake upstream sees it. */
export class FakeUpstreamSession {
  readonly request: IncomingMessage;
  readonly events: Record<string, unknown>[] = [];
  /** The same as they came. */
  readonly texts: string[] = [];
  /** All audio appended so far. */
  readonly appended: Int16Array[] = [];
  /** When each of these came, by this process' monotonic clock. */
  readonly appendedAtMs: number[] = [];
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  #react: (event: Record<string, unknown>) => void = () => undefined;

  constructor(request: IncomingMessage, socket: WebSocket) {
    this.request = request;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(data.toString()));
    socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  get appendedSamples(): number {
    return this.appended.reduce((sum, pcm) => sum + pcm.length, 0);
  }

  send(event: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({ event_id: 'event_fake', ...event }));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** One answer of audio, all at once, as a fast upstream sends it. */
  answer(pcm: Int16Array, responseId = 'resp_1', itemId = 'item_1'): void {
    this.announce(responseId);
    this.speak(pcm, responseId, itemId);
  }

  /** The beginning of an answer whose audio is to follow. */
  announce(responseId: string): void {
    this.send({ type: 'response.created', response: { id: responseId, status: 'in_progress' } });
  }

  /** The audio of an announced answer, and its end. */
  speak(pcm: Int16Array, responseId: string, itemId: string): void {
    const deltaSamples = 4_800;
    for (let start = 0; start < pcm.length; start += deltaSamples) {
      const part = pcm.slice(start, start + deltaSamples);
      this.send({
        type: 'response.output_audio.delta',
        response_id: responseId,
        item_id: itemId,
        output_index: 0,
        content_index: 0,
        delta: Buffer.from(part.buffer).toString('base64'),
      });
    }
    this.send({ type: 'response.done', response: { id: responseId, status: 'completed' } });
  }

  /** Does this with each event that comes from now on. */
  onEvent(react: (event: Record<string, unknown>) => void): void {
    this.#react = react;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #receive(text: string): void {
    const event = JSON.parse(text) as Record<string, unknown>;
    if (event['type'] === 'input_audio_buffer.append') {
      const bytes = Buffer.from(String(event['audio']), 'base64');
      this.appendedAtMs.push(performance.now());
      this.appended.push(new Int16Array(new Uint8Array(bytes).buffer));
    } else {
      this.events.push(event);
      this.texts.push(text);
      this.#react(event);
    }
  }
}

export interface FakeUpstreamOptions {
  /** The address that it listens on; loopback if absent. */
  readonly host?: string;
  /** Answers the handshake with this instead of a WebSocket. */
  readonly refusal?: { readonly status: number; readonly body: string };
  /** Told of each session, before it has sent anything. */
  readonly opened?: (session: FakeUpstreamSession) => void;
  /** Accepts the socket and closes it at once with this. */
  readonly closing?: { readonly code: number; readonly reason: string };
}

/** A Realtime server whose every move is the test's. */
export class FakeUpstream {
  readonly sessions: FakeUpstreamSession[] = [];
  readonly handshakes: IncomingMessage[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  private constructor(options: FakeUpstreamOptions) {
    this.#server = createServer((_request, response) => response.writeHead(404).end());
    this.#server.on('upgrade', (request: IncomingMessage, socket, head) => {
      this.handshakes.push(request);
      const { refusal, closing } = options;
      if (refusal !== undefined) {
        // A client that has read enough may cut the connection.
        socket.on('error', () => undefined);
        const head_ = `HTTP/1.1 ${refusal.status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n`;
        socket.end(
          `${head_}Content-Length: ${Buffer.byteLength(refusal.body)}\r\n\r\n${refusal.body}`,
        );
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        if (closing !== undefined) {
          webSocket.close(closing.code, closing.reason);
          return;
        }
        const session = new FakeUpstreamSession(request, webSocket);
        this.sessions.push(session);
        options.opened?.(session);
        session.send({
          type: 'session.created',
          session: { id: 'sess_fake', type: 'realtime', model: 'fake' },
        });
      });
    });
  }

  static async start(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
    const upstream = new FakeUpstream(options);
    await new Promise<void>((resolve) =>
      upstream.#server.listen(0, options.host ?? '127.0.0.1', resolve),
    );
    return upstream;
  }

  /** The base URL, as `OPENAI_BASE_URL` takes it. */
  get baseUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('The fake upstream is not listening.');
    return `http://${address.address}:${address.port}/v1`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
