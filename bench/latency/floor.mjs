// What the ways to a server and back cost by themselves: a datagram into a process, a WebSocket message out of it.
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';

const PERIOD_MS = 20;
const PACKET_BYTES = 100;

/** A message of an append's size. */
const MESSAGE = JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(1_280) });

/** Milliseconds from each datagram's write to its message's arrival. */
export async function measureFloor(count) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const child = fork(fileURLToPath(import.meta.url), [String(server.address().port)]);
  const [[socket], [udpPort]] = await Promise.all([
    once(server, 'connection'),
    once(child, 'message'),
  ]);
  const latenciesMs = [];
  let sentAtMs = 0;
  socket.on('message', (data) => {
    const atMs = performance.now();
    JSON.parse(String(data));
    latenciesMs.push(atMs - sentAtMs);
  });
  const client = createSocket('udp4');
  for (let packet = 0; packet < count; packet += 1) {
    sentAtMs = performance.now();
    client.send(Buffer.alloc(PACKET_BYTES), udpPort, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
  child.kill();
  client.close();
  server.close();
  return latenciesMs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}`, { perMessageDeflate: false });
  await once(socket, 'open');
  const udp = createSocket('udp4');
  udp.on('message', () => socket.send(MESSAGE));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  process.send?.(udp.address().port);
}
