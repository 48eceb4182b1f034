import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { FrameRoom } from './frame-room.ts';

/** What a WebSocket server makes of the frames: texts, or why it ended the connection. */
async function readBy(frames: readonly Buffer[]): Promise<readonly string[]> {
  const server = createServer().listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = connect(address.port, '127.0.0.1');
  client.write(
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [socket] = (await once(sockets, 'connection')) as [WebSocket];
  const texts: string[] = [];
  const isDone = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer, isBinary) => {
      texts.push(`${isBinary ? 'binary ' : ''}${data.toString()}`);
      if (texts.length === frames.length) resolve();
    });
  });
  try {
    for (const frame of frames) client.write(frame);
    await isDone;
  } finally {
    client.destroy();
    sockets.close();
    server.close();
  }
  return texts;
}

const appendFrame = (pcm: Int16Array): Buffer => new FrameRoom().append(pcm);
const relayFrame = (message: Uint8Array): Buffer => new FrameRoom().relay(message);

suite('append frames', () => {
  test('[WIR8] are masked text frames of one append each, whatever its length', async () => {
    // Lengths in 7, 16 and 64 bits, and each rest that base64 and the mask can have.
    const lengthsSamples = [0, 1, 2, 3, 4, 5, 23, 24, 25, 480, 960, 24_000, 24_001, 60_000];
    const pcms = lengthsSamples.map((length) =>
      Int16Array.from({ length }, (_, index) => ((index * 7_919) % 65_536) - 32_768),
    );
    const texts = await readBy(pcms.map(appendFrame));
    assert.deepEqual(
      texts.map((text) => JSON.parse(text) as unknown),
      pcms.map((pcm) => ({
        type: 'input_audio_buffer.append',
        audio: Buffer.from(pcm.buffer).toString('base64'),
      })),
    );
  });

  test('[WIR8] take what lies in the middle of a larger buffer', async () => {
    const pcm = Int16Array.of(1, 2, 3, 4, 5, 6).subarray(2, 5);
    const [text = ''] = await readBy([appendFrame(pcm)]);
    const { audio } = JSON.parse(text) as { readonly audio: string };
    assert.deepEqual([...Buffer.from(audio, 'base64')], [3, 0, 4, 0, 5, 0]);
  });

  test('[WIR8] have a mask of their own each', () => {
    const pcm = new Int16Array(480);
    const masks = Array.from({ length: 2_000 }, () => appendFrame(pcm).readUInt32BE(4));
    assert.ok(new Set(masks).size > 1_990);
  });

  test('[WIR8] leave nothing of the one before in the room that they share', async () => {
    const room = new FrameRoom();
    const lengthsSamples = [480, 480, 3, 960, 24_000, 480, 0];
    const pcms = lengthsSamples.map((length, at) =>
      Int16Array.from({ length }, (_, index) => index * (at + 1)),
    );
    const texts = await readBy(
      pcms.flatMap((pcm) => [
        Buffer.from(room.append(pcm)),
        Buffer.from(room.relay(Buffer.from(`{"n":${pcm.length}}`))),
      ]),
    );
    assert.deepEqual(
      texts,
      pcms.flatMap((pcm) => [
        `{"type":"input_audio_buffer.append","audio":"${Buffer.from(pcm.buffer).toString('base64')}"}`,
        `{"n":${pcm.length}}`,
      ]),
    );
  });

  test('[WIR8] and so is what a client appended, as it was written', async () => {
    const texts = [0, 1, 100, 125, 126, 1_329, 65_535, 65_536].map((length) => 'ä'.repeat(length));
    const bytes = Buffer.from(`??${texts.join('')}`);
    const messages = texts.map((text, index) => {
      const before = 2 + Buffer.byteLength(texts.slice(0, index).join(''));
      return bytes.subarray(before, before + Buffer.byteLength(text));
    });
    assert.deepEqual(await readBy(messages.map(relayFrame)), texts);
    assert.equal(bytes.toString(), `??${texts.join('')}`);
  });
});
