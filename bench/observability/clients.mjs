// The callers: sessions over the media WebSocket, each sending a packet of Opus every 20 ms and asking for an answer
// every few seconds. What they hear is counted and not decoded: this process isn't the one that is measured.
import { WebSocket } from 'ws';
import { MEDIA_SOCKET_PAYLOAD_TYPES, writeRtpHeader } from '../../packages/protocol/dist/index.js';
import { createOpusCodec } from '../../packages/server/dist/internal.js';

const [url, countText, turnText] = process.argv.slice(2);
const sessionCount = Number(countText);
const turnMs = Number(turnText);
const SLOT_MS = 20;
const HEADER_BYTES = 12;
const CREATE = JSON.stringify({ type: 'response.create' });

const pcm = new Int16Array(480).map((_, at) => Math.round(4_000 * Math.sin(at / 8)));
const payload = createOpusCodec().openEncoder().encode(pcm).slice();
const sockets = [];
let packetsHeard = 0;
let packetsSent = 0;
let packetsMissed = 0;

function open() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/prism/media?format=opus`, [
      'prism.media',
    ]);
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      if (isBinary) packetsHeard += 1;
      else if (data.subarray(0, 25).toString().includes('session.created')) resolve(socket);
    });
  });
}

function send(socket, slot) {
  const packet = new Uint8Array(HEADER_BYTES + payload.length);
  writeRtpHeader(packet, {
    payloadType: MEDIA_SOCKET_PAYLOAD_TYPES.opus,
    hasMarker: slot === 0,
    sequenceNumber: slot & 0xffff,
    timestamp: slot * 960,
    ssrc: 4_242,
  });
  packet.set(payload, HEADER_BYTES);
  socket.send(packet);
  packetsSent += 1;
}

for (let index = 0; index < sessionCount; index += 1) sockets.push(await open());
const startMs = performance.now();
let slot = 0;
setInterval(() => {
  const due = Math.floor((performance.now() - startMs) / SLOT_MS);
  // What this process can't send in time is left out and counted.
  if (due - slot > 5) packetsMissed += (due - slot - 5) * sessionCount;
  slot = Math.max(slot, due - 5);
  for (; slot < due; slot += 1) for (const socket of sockets) send(socket, slot);
}, 5);
for (const [index, socket] of sockets.entries()) {
  const ask = () => socket.send(CREATE);
  setTimeout(
    () => {
      ask();
      setInterval(ask, turnMs);
    },
    (index * turnMs) / sessionCount,
  );
}
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ packetsHeard, packetsSent, packetsMissed, cpuS: (user + system) / 1e6 });
});
process.send('ready');
