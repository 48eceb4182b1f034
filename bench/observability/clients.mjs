// The callers of one server: sessions over the media WebSocket, each sending a packet of Opus every 20 ms and asking for
// an answer in every turn. They talk from `go` to `stop`. What they hear is counted and not decoded: this process isn't
// the one that is measured, and its own CPU is told.
import { WebSocket } from 'ws';
import { MEDIA_SOCKET_PAYLOAD_TYPES, writeRtpHeader } from '../../packages/protocol/dist/index.js';
import { createOpusCodec } from '../../packages/server/dist/internal.js';

const [url, countText, turnText] = process.argv.slice(2);
const sessionCount = Number(countText);
const turnMs = Number(turnText);
const SLOT_MS = 20;
/** Slots that may be late together; what would be more is left out. */
const LATE_SLOTS_MAX = 5;
const HEADER_BYTES = 12;
const CREATE = JSON.stringify({ type: 'response.create' });
/** Nobody's words end an answer here: the packets are what is looked for. */
const UPDATE = JSON.stringify({
  type: 'session.update',
  session: { type: 'realtime', audio: { input: { turn_detection: null } } },
});

const pcm = new Int16Array(480).map((_, at) => Math.round(4_000 * Math.sin(at / 8)));
const payload = createOpusCodec().openEncoder().encode(pcm).slice();
const counts = { packetsHeard: 0, packetsSent: 0, packetsMissed: 0, answers: 0 };
let slot = 0;
let timers = [];

function open() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/prism/media?format=opus`, [
      'prism.media',
    ]);
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        counts.packetsHeard += 1;
        return;
      }
      const head = data.subarray(0, 60).toString();
      if (head.includes('session.created')) socket.send(UPDATE);
      else if (head.includes('session.updated')) resolve(socket);
      else if (head.includes('output_audio_buffer.started')) counts.answers += 1;
    });
  });
}

function send(socket, at) {
  const packet = new Uint8Array(HEADER_BYTES + payload.length);
  writeRtpHeader(packet, {
    payloadType: MEDIA_SOCKET_PAYLOAD_TYPES.opus,
    hasMarker: at === 0,
    sequenceNumber: at & 0xffff,
    timestamp: at * 960,
    ssrc: 4_242,
  });
  packet.set(payload, HEADER_BYTES);
  socket.send(packet);
  counts.packetsSent += 1;
}

function go() {
  const startMs = performance.now() - slot * SLOT_MS;
  const talk = setInterval(() => {
    const due = Math.floor((performance.now() - startMs) / SLOT_MS);
    const first = Math.max(slot, due - LATE_SLOTS_MAX);
    counts.packetsMissed += (first - slot) * sessionCount;
    slot = first;
    for (; slot < due; slot += 1) for (const socket of sockets) send(socket, slot);
  }, 5);
  let asked = 0;
  const beganMs = performance.now();
  const ask = setInterval(() => {
    const due = Math.floor(((performance.now() - beganMs) * sessionCount) / turnMs);
    for (; asked < due; asked += 1) sockets[asked % sessionCount].send(CREATE);
  }, 5);
  timers = [talk, ask];
}

const sockets = [];
for (let index = 0; index < sessionCount; index += 1) sockets.push(await open());

process.on('message', (what) => {
  if (what === 'go') go();
  else if (what === 'stop') for (const timer of timers) clearInterval(timer);
  const { user, system } = process.cpuUsage();
  process.send({ ...counts, cpuS: (user + system) / 1e6 });
});
process.send('ready');
