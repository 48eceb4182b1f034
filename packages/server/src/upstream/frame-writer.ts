import type { Writable } from 'node:stream';
import { FrameRoom } from './frame-room.ts';

/** Rooms that are kept for the next frame; more are made where more frames wait at once. */
const ROOM_COUNT_MAX = 64;
/** A room that grew beyond this, for a long message, isn't kept. */
const ROOM_BYTES_MAX = 16_384;

/** Rooms that all connections share: one of them is enough as long as the kernel takes each frame at once. */
export class FrameRooms {
  readonly #free: FrameRoom[] = [];

  take(): FrameRoom {
    return this.#free.pop() ?? new FrameRoom();
  }

  giveBack(room: FrameRoom): void {
    if (room.sizeBytes <= ROOM_BYTES_MAX && this.#free.length < ROOM_COUNT_MAX)
      this.#free.push(room);
  }
}

/** Writes frames to one connection's transport. */
export class FrameWriter {
  readonly #transport: Writable;
  readonly #rooms: FrameRooms;
  /** With frames that the transport may still read: TLS encrypts later, a full socket waits. */
  readonly #lent: FrameRoom[] = [];

  constructor(transport: Writable, rooms: FrameRooms) {
    this.#transport = transport;
    this.#rooms = rooms;
  }

  append(pcm: Int16Array): void {
    const room = this.#take();
    this.#write(room, room.append(pcm));
  }

  relay(message: Uint8Array): void {
    const room = this.#take();
    this.#write(room, room.relay(message));
  }

  #take(): FrameRoom {
    if (this.#lent.length > 0 && this.#isAllWritten)
      for (const room of this.#lent.splice(0)) this.#rooms.giveBack(room);
    return this.#rooms.take();
  }

  #write(room: FrameRoom, frame: Buffer): void {
    this.#transport.write(frame);
    if (this.#isAllWritten) this.#rooms.giveBack(room);
    else this.#lent.push(room);
  }

  get #isAllWritten(): boolean {
    return this.#transport.writableLength === 0;
  }
}
