import type { Duplex } from 'node:stream';
import { type HttpError, httpErrorBody } from './http-error.ts';

/** What becomes of a WebSocket handshake. */
export type Handshake =
  | { readonly type: 'accept' }
  | {
      readonly type: 'refuse';
      readonly error: HttpError;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** It is never answered, and its connection stays open until the client or the door closes it. */
  | { readonly type: 'ignore' };

/** Handshakes left without an answer at the same time; beyond it the connection is cut. */
const UNANSWERED_COUNT_MAX = 1_000;

/** Answers a handshake with an HTTP error and ends the connection. */
export function refuseUpgrade(
  stream: Duplex,
  error: HttpError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = httpErrorBody(error);
  stream.end(
    [
      `HTTP/1.1 ${error.status} Refused`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
}

/** The connections whose handshake is never answered. */
export class UnansweredHandshakes {
  readonly #streams = new Set<Duplex>();

  add(stream: Duplex): void {
    if (this.#streams.size >= UNANSWERED_COUNT_MAX) {
      stream.destroy();
      return;
    }
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    // A reset is followed by its close.
    stream.on('error', () => undefined);
    stream.resume();
  }

  close(): void {
    for (const stream of this.#streams) {
      stream.destroy();
    }
  }
}
