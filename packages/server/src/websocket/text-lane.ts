import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { FrameBoundary, maskedTextEnd, maskedTextStart, maskInto } from '@prism/protocol';
import type { WebSocket } from 'ws';

type TakeChunk = (chunk: Buffer) => void;

/**
 * Reads a client's whole text frames before `ws` does, and leaves everything else to it: what is fragmented, cut by a
 * read, compressed, binary or wrong, and the control frames.
 *
 * An append is one such frame, 50 times a second; `ws` makes seven views and a turn of a stream of each, and takes the
 * mask off byte by byte.
 */
export class TextLane {
  readonly #stream: Duplex;
  readonly #take: (message: Buffer) => void;
  readonly #boundary = new FrameBoundary();
  readonly #leave: TakeChunk;
  #isOver = false;

  /**
   * Begins with the next bytes. Call while `ws` has only just taken over `stream`, which has nothing of a frame yet.
   *
   * @param take - Is given each message, whose bytes are its own.
   */
  static open(socket: WebSocket, stream: Duplex, take: (message: Buffer) => void): void {
    const [leave, ...others] = stream.listeners('data');
    // With an extension the first bits of a frame have other meanings.
    if (leave === undefined || others.length > 0 || socket.extensions !== '') return;
    const lane = new TextLane(stream, take, leave as TakeChunk);
    stream.on('data', (chunk: Buffer) => lane.#receive(chunk));
    stream.off('data', leave as TakeChunk);
    socket.on('error', () => {
      lane.#isOver = true;
    });
  }

  private constructor(stream: Duplex, take: (message: Buffer) => void, leave: TakeChunk) {
    this.#stream = stream;
    this.#take = take;
    this.#leave = leave;
  }

  #receive(chunk: Buffer): void {
    let start = 0;
    while (start < chunk.length && this.#boundary.isBetweenMessages) {
      const end = this.#takeFrame(chunk, start);
      if (end === 0) break;
      start = end;
    }
    if (start === chunk.length || this.#isOver || this.#boundary.hasClosed) return;
    const rest = start === 0 ? chunk : chunk.subarray(start);
    this.#boundary.pass(rest);
    Reflect.apply(this.#leave, this.#stream, [rest]);
  }

  /** Takes the frame that begins there, and answers where it ends; 0 if it isn't whole text. */
  #takeFrame(chunk: Buffer, start: number): number {
    if (this.#isOver || this.#boundary.hasClosed) return 0;
    const payloadStart = maskedTextStart(chunk, start);
    if (payloadStart === 0) return 0;
    const end = maskedTextEnd(chunk, start, payloadStart);
    const message = chunk.subarray(payloadStart, end);
    maskInto(chunk, payloadStart, message);
    if (!isUtf8(message)) {
      maskInto(chunk, payloadStart, message);
      return 0;
    }
    this.#take(message);
    return end;
  }
}
