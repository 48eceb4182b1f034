// Loaded into the server before its own code: what it takes from socket to socket inside its process, by the words of the
// targets. Written to the file LATENCY_STAMPS_FILE names when the process ends,
// each as `{ ms, atMs }`, the latter the time of day, so that what was sent for other purposes can be left out.
//
//   ingress  from the datagram of a client's packet, as it is handed over by the UDP socket, to the write of the append
//            with its sound on the upstream's socket; in order, since the clean network keeps it
//   egress   from the read of the first chunk with an answer's audio to the write of its first packet to the client
import { Socket as UdpSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { CLIENT_SSRC } from '../../test/dist/harness/network/coded-microphone.js';
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';

/** An append of 20 ms is larger, everything else that is written meanwhile is smaller. */
const APPEND_BYTES_MIN = 1_000;

const ingress = [];
const egress = [];
/** Packets whose append has not been written yet. */
const arrivedAtMs = [];
let isAnswerNew = false;
let deltaReadAtMs;

const ssrcOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);

const emit = Reflect.get(UdpSocket.prototype, 'emit');
UdpSocket.prototype.emit = function stamped(name, bytes, ...rest) {
  if (name === 'message' && kindOf(bytes) === 'rtp' && ssrcOf(bytes) === CLIENT_SSRC)
    arrivedAtMs.push(performance.now());
  return emit.call(this, name, bytes, ...rest);
};

const write = Reflect.get(Socket.prototype, 'write');
Socket.prototype.write = function stamped(chunk, ...rest) {
  const isWritten = write.call(this, chunk, ...rest);
  if (chunk.length >= APPEND_BYTES_MIN && arrivedAtMs.length > 0)
    ingress.push({ ms: performance.now() - arrivedAtMs.shift(), atMs: Date.now() });
  return isWritten;
};

Socket.prototype.push = function stamped(chunk, ...rest) {
  const nowMs = performance.now();
  if (chunk?.includes('"response.created"')) isAnswerNew = true;
  if (isAnswerNew && chunk?.includes('"response.output_audio.delta"')) {
    isAnswerNew = false;
    deltaReadAtMs = nowMs;
  }
  return Duplex.prototype.push.call(this, chunk, ...rest);
};

const send = Reflect.get(UdpSocket.prototype, 'send');
UdpSocket.prototype.send = function stamped(bytes, ...rest) {
  send.call(this, bytes, ...rest);
  if (deltaReadAtMs === undefined || kindOf(bytes) !== 'rtp' || ssrcOf(bytes) === CLIENT_SSRC)
    return;
  egress.push({ ms: performance.now() - deltaReadAtMs, atMs: Date.now() });
  deltaReadAtMs = undefined;
};

process.on('exit', () => {
  writeFileSync(process.env.LATENCY_STAMPS_FILE, JSON.stringify({ ingress, egress }));
});
