import type { DataChannelReliability } from '@prism/protocol';

/** Pieces of a message in pieces; usrsctp's old users make them of 16 KiB. */
const PIECE_COUNT_MAX = 1_024;

/** One channel: a stream each way with the same number. */
export interface DataChannel {
  readonly streamId: number;
  readonly label: string;
  readonly protocol: string;
  readonly isOrdered: boolean;
  readonly reliability: DataChannelReliability;
  /** Both sides know of it without telling each other. */
  readonly isNegotiated: boolean;
  phase: 'opening' | 'open' | 'closing';
  /** The peer sends no more on it; it has been said to be closed. */
  hasPeerClosed: boolean;
  /** The stream was another channel's whose end the peer hasn't confirmed: nothing can be sent yet, no ACK either. */
  isResetPending: boolean;
  readonly partial: PartialMessage;
}

/** A message in pieces, as deprecated payload protocols make it (RFC 8831, section 8). */
export class PartialMessage {
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps a piece; false if the message is longer than a message may be. */
  add(bytes: Uint8Array): boolean {
    this.#sizeBytes += bytes.length;
    const isTooLong = this.#sizeBytes > this.#bytesMax || this.#pieces.length >= PIECE_COUNT_MAX;
    if (isTooLong) this.#clear();
    else this.#pieces.push(bytes.slice());
    return !isTooLong;
  }

  /** The whole message, with its last piece; undefined if it is longer than a message may be. */
  finish(last: Uint8Array): Uint8Array | undefined {
    if (this.#pieces.length === 0) return last;
    const sizeBytes = this.#sizeBytes + last.length;
    const pieces = this.#pieces;
    this.#clear();
    if (sizeBytes > this.#bytesMax) return undefined;
    const bytes = new Uint8Array(sizeBytes);
    let at = 0;
    for (const piece of [...pieces, last]) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #clear(): void {
    this.#pieces = [];
    this.#sizeBytes = 0;
  }
}
