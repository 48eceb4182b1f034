import type { DataChannelReliability } from '@prism/protocol';

/** Pieces of a message in pieces; usrsctp's old users make them of 16 KiB. */
const PIECE_COUNT_MAX = 1_024;
/** What a piece counts besides its bytes. */
const PIECE_OVERHEAD_BYTES = 128;

/** What a channel is called. */
export interface ChannelNames {
  readonly label: string;
  readonly protocol: string;
}

/** One channel: a stream each way with the same number. */
export interface DataChannel {
  readonly streamId: number;
  /** Until it has been told that the channel is open: the peer chooses them, of up to 65,535 bytes each. */
  names: ChannelNames | undefined;
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

/** Room for the pieces of all channels of an association. */
export class PieceRoom {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What is held, with an overhead for each piece. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes room; false if there isn't so much. */
  take(sizeBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > this.#bytesMax) return false;
    this.#heldBytes += sizeBytes;
    return true;
  }

  release(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
  }
}

/** A message in pieces, as deprecated payload protocols make it (RFC 8831, section 8). */
export class PartialMessage {
  readonly #bytesMax: number;
  readonly #room: PieceRoom;
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(bytesMax: number, room: PieceRoom) {
    this.#bytesMax = bytesMax;
    this.#room = room;
  }

  /** Keeps a piece; false, and the end of the message, if it is longer than may be or there is no room for it. */
  add(bytes: Uint8Array): boolean {
    const isKept =
      this.#sizeBytes + bytes.length <= this.#bytesMax &&
      this.#pieces.length < PIECE_COUNT_MAX &&
      this.#room.take(bytes.length + PIECE_OVERHEAD_BYTES);
    if (!isKept) {
      this.clear();
      return false;
    }
    this.#sizeBytes += bytes.length;
    this.#pieces.push(bytes.slice());
    return true;
  }

  /** The whole message, with its last piece; undefined if it is longer than a message may be. */
  finish(last: Uint8Array): Uint8Array | undefined {
    if (this.#pieces.length === 0) return last;
    const sizeBytes = this.#sizeBytes + last.length;
    const pieces = this.#pieces;
    this.clear();
    if (sizeBytes > this.#bytesMax) return undefined;
    const bytes = new Uint8Array(sizeBytes);
    let at = 0;
    for (const piece of [...pieces, last]) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** Forgets the pieces. */
  clear(): void {
    this.#room.release(this.#sizeBytes + this.#pieces.length * PIECE_OVERHEAD_BYTES);
    this.#pieces = [];
    this.#sizeBytes = 0;
  }
}
