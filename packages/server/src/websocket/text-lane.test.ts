import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { suite, test } from 'node:test';
import { maskInto } from '@prism/protocol';
import fc from 'fast-check';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { TextLane } from './text-lane.ts';

const MASK = [0x37, 0xfa, 0x21, 0x3d];
const TEXT = 0x81;
const PING = frame(0x89, 'are you there');

/** A client's frame of up to 65,535 bytes. */
function frame(firstByte: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload);
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255];
  const head = [firstByte, 0x80 | (length[0] ?? 0), ...length.slice(1), ...MASK];
  const whole = Buffer.concat([Buffer.from(head), bytes]);
  maskInto(whole, head.length, whole.subarray(head.length));
  return whole;
}

/** With which code a connection closes. */
function closeCodeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
  });
}

const text = (payload: string | Buffer): Buffer => frame(TEXT, payload);

interface Line {
  /** Lets the server read these bytes at once, as one piece. */
  readonly read: (...frames: readonly Buffer[]) => void;
  readonly stream: Duplex;
  readonly socket: WebSocket;
  /** In order; in brackets what came by way of `ws`. */
  readonly texts: string[];
  readonly written: Buffer[];
}

/** A connection with a lane, whose client is written by hand. */
async function openLine(extensions = '', hasLane = true): Promise<Line> {
  const texts: string[] = [];
  const written: Buffer[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      written.push(Buffer.from(chunk));
      done();
    },
  });
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.headers = {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
    ...(extensions === '' ? {} : { 'sec-websocket-extensions': extensions }),
  };
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  const isFlowing = once(stream, 'resume');
  const socket = await new Promise<WebSocket>((resolve) => {
    sockets.handleUpgrade(request, stream, Buffer.alloc(0), (opened) => {
      if (hasLane) TextLane.open(opened, stream, (message) => texts.push(message.toString()));
      opened.on('message', (data: RawData, isBinary) => {
        assert.ok(Buffer.isBuffer(data));
        texts.push(`(${isBinary ? 'binary ' : ''}${data.toString()})`);
      });
      resolve(opened);
    });
  });
  await isFlowing;
  written.length = 0;
  const read = (...frames: readonly Buffer[]): void => {
    stream.push(Buffer.concat(frames));
  };
  return { read, stream, socket, texts, written };
}

/** Frames of every kind, and some that no client may send. */
const ANY_FRAME = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '€', '𝄞'), maxLength: 100 }).map(text),
  fc.constantFrom(
    PING,
    frame(0x01, 'begun'),
    frame(0x00, ' going on'),
    frame(0x80, ' ended'),
    frame(0x82, 'binary'),
    text('x'.repeat(20_000)),
    frame(0x88, Buffer.of(3, 0xe8)),
    frame(0x88, ''),
    frame(0x89, 'x'.repeat(126)),
    frame(0xc1, 'reserved bit'),
    frame(0x83, 'reserved opcode'),
    text(Buffer.of(0xc3, 0x28)),
    Buffer.from([TEXT, 2, 0x6e, 0x6f]),
  ),
);

/** All that comes of these reads: messages, what is answered, and how it ends. */
async function outcomeOf(reads: readonly Buffer[], hasLane: boolean): Promise<object> {
  const { read, socket, stream, texts, written } = await openLine('', hasLane);
  socket.on('error', () => undefined);
  const closed = closeCodeOf(socket);
  for (const bytes of reads) read(Buffer.from(bytes));
  stream.push(null);
  const code = await closed;
  const contents = texts.map((each) => each.replaceAll(/^\(|\)$/g, ''));
  return { contents, written: Buffer.concat(written).toString('hex'), code };
}

suite('whole text frames of a client', () => {
  test('[RWS12] whatever comes, cut anywhere, nothing is seen of who read it', async () => {
    const anyPart = fc.record({
      bytes: ANY_FRAME,
      cutBytes: fc.oneof(fc.constant(0), fc.nat(20)),
      isJoined: fc.boolean(),
    });
    const anyReads = fc.array(anyPart, { maxLength: 8 }).map((parts) => {
      const reads: Buffer[] = [];
      for (const { bytes, cutBytes, isJoined } of parts) {
        const before = isJoined ? (reads.pop() ?? []) : [];
        reads.push(Buffer.from([...before, ...bytes.subarray(0, cutBytes)]));
        reads.push(bytes.subarray(cutBytes));
      }
      return reads.filter(({ length }) => length > 0);
    });
    await fc.assert(
      fc.asyncProperty(anyReads, async (reads) => {
        assert.deepEqual(await outcomeOf(reads, true), await outcomeOf(reads, false));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test('[RWS12] come as they were sent, one in a read or many', async () => {
    const { read, texts } = await openLine();
    const long = 'ä'.repeat(20_000);
    read(text('one'));
    read(text('two'), text(''), text(long), text('x'.repeat(126)));
    assert.deepEqual(texts, ['one', 'two', '', long, 'x'.repeat(126)]);
  });

  test('[RWS12] cut anywhere by reads, they come once and in order', async () => {
    const bytes = Buffer.concat([text('one'), PING, text('x'.repeat(200)), text('three')]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { read, texts } = await openLine();
      read(Buffer.from(bytes.subarray(0, cut)));
      read(Buffer.from(bytes.subarray(cut)));
      read(text('four'));
      const contents = texts.map((each) => each.replaceAll(/[()]/g, ''));
      assert.deepEqual(contents, ['one', 'x'.repeat(200), 'three', 'four'], `${cut}`);
      assert.equal(texts.at(-1), 'four');
    }
  });

  test('[RWS12] fragments and binary messages keep their places between them', async () => {
    const { read, texts } = await openLine();
    read(text('one'), frame(0x01, 'tw'), PING);
    read(frame(0x80, 'o'));
    read(text('three'), frame(0x82, 'four'), text('five'));
    read(text('six'));
    assert.deepEqual(texts, ['one', '(two)', 'three', '(binary four)', '(five)', 'six']);
  });

  test('[RWS12] pings between them are answered', async () => {
    const { read, texts, written } = await openLine();
    read(text('one'), PING, text('two'));
    assert.deepEqual(texts, ['one', '(two)']);
    assert.equal(Buffer.concat(written).toString('latin1'), '\x8a\x0dare you there');
  });

  test('[RWS12] what is no UTF-8 ends the connection with 1007', async () => {
    const { read, socket, stream, texts, written } = await openLine();
    const failed = once(socket, 'error');
    read(text('one'), text(Buffer.of(0xc3, 0x28)), text('two'));
    await failed;
    assert.equal(Buffer.concat(written).readUInt16BE(2), 1007);
    read(text('three'));
    assert.deepEqual(texts, ['one']);
    stream.destroy();
  });

  test('[RWS12] nothing after a close frame is taken', async () => {
    const { read, socket, stream, texts } = await openLine();
    const closed = closeCodeOf(socket);
    read(text('one'), frame(0x88, Buffer.of(3, 0xe8)), text('two'));
    read(text('three'));
    stream.push(null);
    assert.equal(await closed, 1000);
    assert.deepEqual(texts, ['one']);
  });

  test('[RWS12] a close frame is read whole, wherever reads cut it', async () => {
    const close = frame(0x88, Buffer.concat([Buffer.of(3, 0xe9), Buffer.from('leaving')]));
    for (let cut = 1; cut < close.length; cut += 1) {
      const { read, socket, stream, texts, written } = await openLine();
      const closed = closeCodeOf(socket);
      read(text('one'), close.subarray(0, cut));
      read(close.subarray(cut), text('two'));
      stream.push(null);
      assert.equal(await closed, 1001, `${cut}`);
      assert.equal(Buffer.concat(written).readUInt16BE(2), 1001);
      assert.deepEqual(texts, ['one']);
    }
  });

  test('[RWS12] after the server has begun to close, they come until the client closes too', async () => {
    const { read, socket, stream, texts } = await openLine();
    const closed = closeCodeOf(socket);
    socket.close(1012);
    read(text('one'));
    read(frame(0x88, Buffer.of(3, 0xf4)));
    stream.push(null);
    assert.equal(await closed, 1012);
    assert.deepEqual(texts, ['one']);
  });

  test("[RWS12] with an extension all of them are the library's", async () => {
    const { read, texts } = await openLine('permessage-deflate');
    read(text('one'));
    assert.deepEqual(texts, ['(one)']);
  });
});
