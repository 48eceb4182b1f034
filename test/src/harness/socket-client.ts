import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';

/** A Realtime WebSocket, message by message. */
export class SocketClient {
  readonly events: Record<string, unknown>[] = [];
  /** Messages as they came. */
  readonly texts: string[] = [];
  readonly socket: WebSocket;
  close: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.texts.push(data.toString());
      this.events.push(JSON.parse(data.toString()) as Record<string, unknown>);
    });
    socket.on('close', (code, reason) => {
      this.close = { code, reason: reason.toString() };
    });
  }

  /** Opens a socket on a path of `baseUrl`. Rejects with the server's HTTP answer if it refuses. */
  static async open(
    baseUrl: string,
    path: string,
    options: {
      readonly headers?: Record<string, string>;
      readonly protocols?: readonly string[];
      readonly deflate?: boolean;
    } = {},
  ): Promise<SocketClient> {
    const socket = new WebSocket(
      `${baseUrl.replace(/^http/, 'ws')}${path}`,
      [...(options.protocols ?? [])],
      { headers: options.headers ?? {}, perMessageDeflate: options.deflate ?? false },
    );
    const client = new SocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** The HTTP answer that an upgrade is refused with. */
  static async refused(
    baseUrl: string,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ readonly status: number; readonly code: string; readonly headers: object }> {
    const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${path}`, { headers });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    const { error } = JSON.parse(body) as { error: { code: string } };
    return { status: response.statusCode ?? 0, code: error.code, headers: response.headers };
  }

  send(event: object | string): void {
    this.socket.send(typeof event === 'string' ? event : JSON.stringify(event));
  }

  eventOf(type: string): Record<string, unknown> | undefined {
    return this.events.find((event) => event['type'] === type);
  }
}
