import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { FrameRoom } from './frame-room.ts';
import { FrameRooms, FrameWriter } from './frame-writer.ts';

/** A transport that has what is written at once, or when it is told. */
class Transport extends Writable {
  readonly chunks: Buffer[] = [];
  isSlow = false;
  readonly #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    if (this.isSlow) this.#waiting.push(done);
    else done();
  }

  /** Has all that waits, and what waits behind it. */
  async drain(): Promise<void> {
    this.isSlow = false;
    for (const done of this.#waiting.splice(0)) done();
    while (this.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  get roomCount(): number {
    return new Set(this.chunks.map(({ buffer }) => buffer)).size;
  }
}

/** What a frame's payload is without its mask; it is longer than 125 bytes. */
function payloadOf(frame: Buffer): string {
  const mask = frame.subarray(4, 8);
  return frame
    .subarray(8)
    .map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    .toString();
}

const pcmOf = (value: number): Int16Array => new Int16Array(480).fill(value);
const textOf = (value: number): string =>
  `{"type":"input_audio_buffer.append","audio":"${Buffer.from(pcmOf(value).buffer).toString('base64')}"}`;

suite('the writer of frames', () => {
  test('[WIR10] what is written at once leaves its room to the next frame, of any connection', () => {
    const rooms = new FrameRooms();
    const transports = [new Transport(), new Transport()];
    const writers = transports.map((transport) => new FrameWriter(transport, rooms));
    for (const value of [1, 2, 3])
      for (const [index, writer] of writers.entries()) {
        writer.append(pcmOf(value));
        assert.equal(payloadOf(transports[index]?.chunks.at(-1) ?? Buffer.alloc(8)), textOf(value));
      }
    assert.equal(new Set(transports.flatMap(({ chunks }) => chunks.map((c) => c.buffer))).size, 1);
  });

  test('[WIR10] what the transport still reads stays as it is until all is written', async () => {
    const transport = new Transport();
    transport.isSlow = true;
    const writer = new FrameWriter(transport, new FrameRooms());
    const message = Buffer.from(`{"text":"${'a'.repeat(200)}"}`);
    writer.append(pcmOf(1));
    writer.relay(message);
    writer.append(pcmOf(2));
    await transport.drain();
    assert.deepEqual(transport.chunks.map(payloadOf), [textOf(1), message.toString(), textOf(2)]);
    assert.equal(transport.roomCount, 3);
    for (const value of [3, 4, 5]) {
      writer.append(pcmOf(value));
      assert.equal(payloadOf(transport.chunks.at(-1) ?? Buffer.alloc(8)), textOf(value));
    }
    assert.equal(transport.roomCount, 3, 'the three are used again');
  });

  test('[WIR10] a room that a long message made large is not kept, nor are more than 64', () => {
    const rooms = new FrameRooms();
    const large = rooms.take();
    large.relay(Buffer.alloc(20_000));
    rooms.giveBack(large);
    assert.notEqual(rooms.take(), large);
    const many = Array.from({ length: 65 }, () => new FrameRoom());
    for (const room of many) rooms.giveBack(room);
    const taken = new Set(Array.from({ length: 65 }, () => rooms.take()));
    assert.deepEqual(
      many.map((room) => taken.has(room)),
      many.map((_, index) => index < 64),
    );
  });
});
