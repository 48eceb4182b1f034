import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { presentClient } from './request-relay.ts';

/** Where the workers ask one another; never reached from outside. */
const QUESTION_PATH = '/.worker/';
/** How long another worker may take to answer. */
const ANSWER_MS_MAX = 2_000;
/** Characters of an answer. */
const ANSWER_CHARS_MAX = 64 * 1024 * 1024;

export interface InnerDoorParts {
  /** Answers a request as if it had come from outside. */
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;
  /** What another worker may ask: each answers with something that JSON can carry. */
  readonly questions: Readonly<Record<string, (asked: string) => Promise<unknown>>>;
}

/** A worker's socket in the private folder: for what other workers hand on, and for what they ask. */
export class InnerDoor {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(socketPath: string, parts: InnerDoorParts): Promise<InnerDoor> {
    const server = createServer((request, response) => {
      if (request.url?.startsWith(QUESTION_PATH)) {
        void answer(request, response, parts.questions);
        return;
      }
      presentClient(request);
      parts.request(request, response);
    });
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      presentClient(request);
      parts.upgrade(request, stream, head);
    });
    server.listen(socketPath);
    await once(server, 'listening');
    return new InnerDoor(server);
  }

  /** Takes no more; requests that are being answered are. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    await closed;
  }
}

async function answer(
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  questions: InnerDoorParts['questions'],
): Promise<void> {
  const [name = '', asked = ''] = url.slice(QUESTION_PATH.length).split('?');
  try {
    const told = await questions[name]?.(decodeURIComponent(asked));
    response.writeHead(told === undefined ? 404 : 200).end(JSON.stringify(told));
  } catch {
    response.writeHead(500).end();
  }
}

/** Asks the worker at `socketPath`. Undefined if it doesn't answer in time. */
export async function askWorker(socketPath: string, name: string, asked = ''): Promise<unknown> {
  return new Promise((resolve) => {
    const give = (value?: unknown): void => resolve(value);
    const path = `${QUESTION_PATH}${name}?${encodeURIComponent(asked)}`;
    const request = httpRequest(
      { socketPath, path, agent: false, timeout: ANSWER_MS_MAX },
      (response) => {
        const parts: string[] = [];
        let chars = 0;
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          chars += part.length;
          if (chars > ANSWER_CHARS_MAX) response.destroy();
          else parts.push(part);
        });
        response.on('end', () =>
          give(response.statusCode === 200 ? JSON.parse(parts.join('')) : undefined),
        );
        response.on('error', () => give());
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => give());
    request.end();
  });
}
