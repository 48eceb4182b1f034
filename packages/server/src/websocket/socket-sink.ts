import type { Duplex } from 'node:stream';
import { CLOSE_CODES, SOCKET_BUFFER_BYTES_MAX } from '@prism/protocol';
import { WebSocket } from 'ws';
import type { ControllerSink, SendOutcome, SessionEnd } from '../runtime/ports/controller.ts';
import { closeOf } from './session-close.ts';
import { textFrameOf, textHeadOf } from './text-frames.ts';
import { WriteBurst } from './write-burst.ts';

/** What is written to of a WebSocket. */
export type WritableSocket = Pick<
  WebSocket,
  'readyState' | 'bufferedAmount' | 'extensions' | 'send' | 'close'
>;

/** One client's WebSocket as a controller's way. */
export class SocketSink implements ControllerSink {
  readonly #socket: WritableSocket;
  readonly #stream: Duplex;
  readonly #burst: WriteBurst;
  /** Frames go past `ws`, which without an extension writes each of its own whole and at once. */
  readonly #isPlain: boolean;

  /** @param stream - The transport below `socket`. */
  constructor(socket: WritableSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
    this.#burst = new WriteBurst(stream);
    this.#isPlain = socket.extensions === '';
  }

  send(text: string): SendOutcome {
    if (!this.#hasRoom()) return 'unsent';
    this.#burst.join();
    if (this.#isPlain) this.#stream.write(textFrameOf(text));
    else this.#socket.send(text);
    return 'sent';
  }

  relay(bytes: Uint8Array): SendOutcome {
    if (!this.#hasRoom()) return 'unsent';
    this.#burst.join();
    // Audio in base64 gains little from deflate and costs a lot of time.
    if (!this.#isPlain) {
      this.#socket.send(bytes, { binary: false, compress: false });
      return 'sent';
    }
    this.#stream.write(textHeadOf(bytes));
    this.#stream.write(bytes);
    return 'sent';
  }

  end(end: SessionEnd): void {
    const { code, reason } = closeOf(end);
    // A close frame carries 123 bytes of reason (RFC 6455, section 5.5).
    this.#socket.close(code, Buffer.from(reason).subarray(0, 123));
  }

  #hasRoom(): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount <= SOCKET_BUFFER_BYTES_MAX) return true;
    // What it hasn't read would be lost to it anyway: it gets a reason at once instead of holes.
    this.#socket.close(CLOSE_CODES.tryAgainLater, 'The client reads too slowly.');
    return false;
  }
}
