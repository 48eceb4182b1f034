// The other side of bench/transport, in a process of its own: calls with 50 packets a second each.
import nodeDataChannel from 'node-datachannel';

const PACKET_BYTES = 12 + 80;
const SLOT_MS = 20;
const clients = [];
let received = 0;
let sent = 0;
let timer;

function offer(id, bindAddress) {
  const connection = new nodeDataChannel.PeerConnection('client', {
    iceServers: [],
    disableAutoNegotiation: true,
    ...(bindAddress === undefined ? {} : { bindAddress }),
  });
  const audio = new nodeDataChannel.Audio('0', 'SendRecv');
  audio.addOpusCodec(111);
  audio.addSSRC(id + 1, 'client', 'client', 'microphone');
  const track = connection.addTrack(audio);
  track.onMessage(() => {
    received += 1;
  });
  const packet = Buffer.alloc(PACKET_BYTES, 7);
  packet[0] = 0x80;
  packet[1] = 111;
  packet.writeUInt32BE(id + 1, 8);
  clients[id] = { connection, track, packet };
  connection.onGatheringStateChange((state) => {
    if (state !== 'complete') return;
    const sdp = connection.localDescription().sdp;
    const bare = sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
    process.send({ type: 'offer', id, sdp: bare });
  });
  connection.setLocalDescription('offer');
}

/** What one millisecond's share of the clients sends. */
function sendStep(step) {
  const slot = Math.floor(step / SLOT_MS);
  for (let id = step % SLOT_MS; id < clients.length; id += SLOT_MS) {
    const { track, packet } = clients[id];
    packet.writeUInt16BE(slot & 0xffff, 2);
    packet.writeUInt32BE((slot * 960) >>> 0, 4);
    if (track.isOpen() && track.sendMessageBinary(packet)) sent += 1;
  }
}

/** Spreads the clients over the slot, a few at a time, as a network does. Timers come late; what is due then is sent. */
function talk() {
  const startMs = performance.now();
  let step = 0;
  timer = setInterval(() => {
    for (const dueMs = performance.now() - startMs; step < dueMs; step += 1) sendStep(step);
  }, 1);
}

process.on('message', ({ type, id, sdp, bindAddress }) => {
  if (type === 'open') offer(id, bindAddress);
  else if (type === 'answer') clients[id].connection.setRemoteDescription(sdp, 'answer');
  else if (type === 'talk') talk();
  else if (type === 'count') {
    const open = clients.filter(({ track }) => track.isOpen()).length;
    process.send({ type: 'counts', open, sent, received });
  } else {
    clearInterval(timer);
    process.exit(0);
  }
});
