import WebSocket, { type ClientOptions } from 'ws';

/** A server event as it came off the wire. */
export interface ReceivedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a socket ended: closed by a code, or refused at the handshake. */
export type SocketEnd =
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  | { readonly type: 'refused'; readonly status: number; readonly body: string };

/** A client of the engine: what it received, and promises for what it waits for. */
export class SocketClient {
  readonly events: ReceivedEvent[] = [];
  readonly ended: Promise<SocketEnd>;
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(
    url: string,
    options: { readonly protocols?: string[]; readonly ws?: ClientOptions } = {},
  ) {
    this.socket = new WebSocket(url, options.protocols ?? [], options.ws);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ type: 'closed', code, reason: reason.toString() });
      });
      this.socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => {
          resolve({ type: 'refused', status: response.statusCode ?? 0, body });
        });
      });
    });
    // What goes wrong shows in how the socket ends.
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => {
      this.events.push(JSON.parse(data.toString()) as ReceivedEvent);
      for (const check of this.#waiting) {
        check();
      }
    });
  }

  send(event: Readonly<Record<string, unknown>>): void {
    this.socket.send(JSON.stringify(event));
  }

  /** The first event of a type, or the one after `count` others of it. */
  next(type: string, count = 0): Promise<ReceivedEvent> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.events.filter((event) => event.type === type)[count];
        if (found !== undefined) {
          this.#waiting.delete(check);
          resolve(found);
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Settles when more than `count` events have come. */
  eventAfter(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.events.length > count) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  close(): void {
    this.socket.close();
  }
}
