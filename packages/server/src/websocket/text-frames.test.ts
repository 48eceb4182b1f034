import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { textFrameOf, textHeadOf } from './text-frames.ts';

/** What a client reads of these frames. */
async function readBy(frames: readonly Buffer[]): Promise<readonly string[]> {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, stream, head, () => {
      for (const frame of frames) stream.write(frame);
    });
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
  const texts: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('message', (data: RawData, isBinary) => {
        assert.ok(Buffer.isBuffer(data) && !isBinary);
        texts.push(data.toString());
        if (texts.length === frames.length) resolve();
      });
    });
  } finally {
    client.terminate();
    server.close();
  }
  return texts;
}

test('[RWS3] frames for a client are read as what they were made of, whatever its length', async () => {
  const texts = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((length) => 'x'.repeat(length));
  texts.push('ä€𝄞'.repeat(9), `${'x'.repeat(124)}ä`);
  assert.deepEqual(await readBy(texts.map(textFrameOf)), texts);
  const framed = texts.map((text) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([textHeadOf(bytes), bytes]);
  });
  assert.deepEqual(await readBy(framed), texts);
});
