// The upstream of the egress benchmark, in a thread of its own: says one answer whenever it is told to.
import { parentPort } from 'node:worker_threads';
import { WebSocketServer } from 'ws';

const RATE_HZ = 24_000;

/** A voice-like buzz: harmonics of 140 Hz that come and go. */
function speech(durationMs) {
  const pcm = new Int16Array((durationMs * RATE_HZ) / 1_000);
  for (let index = 0; index < pcm.length; index += 1) {
    const seconds = index / RATE_HZ;
    let sample = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic += 1)
      sample += Math.sin(2 * Math.PI * 140 * harmonic * seconds + harmonic) / harmonic;
    pcm[index] = 5_000 * sample * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * seconds));
  }
  return Buffer.from(pcm.buffer).toString('base64');
}

const AUDIO = speech(100);
const sockets = [];
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  sockets.push(socket);
  socket.send(
    JSON.stringify({
      type: 'session.created',
      event_id: 'e',
      session: { id: 's', type: 'realtime' },
    }),
  );
});
server.on('listening', () => parentPort.postMessage({ port: server.address().port }));

parentPort.on('message', ({ session, turn }) => {
  const socket = sockets[session];
  const id = `resp_${session}_${turn}`;
  const send = (event) => socket.send(JSON.stringify({ event_id: 'e', ...event }));
  send({ type: 'response.created', response: { id, status: 'in_progress' } });
  // Apart from the audio, so that the first byte of the delta begins a read of its own.
  setTimeout(() => {
    send({
      type: 'response.output_audio.delta',
      response_id: id,
      item_id: `item_${session}_${turn}`,
      output_index: 0,
      content_index: 0,
      delta: AUDIO,
    });
    setTimeout(() => send({ type: 'response.done', response: { id, status: 'completed' } }), 20);
  }, 10);
});
