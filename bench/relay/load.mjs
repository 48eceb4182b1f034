// The load and the upstream of bench/relay/run.mjs, in a process of their own. Told over IPC where to connect.
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const APPEND_MS = 20;
const DELTA_MS = 200;
const pcmOf = (durationMs) => Buffer.alloc(durationMs * 48, 7).toString('base64');
const APPEND = JSON.stringify({ type: 'input_audio_buffer.append', audio: pcmOf(APPEND_MS) });
const OF_PART = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };
const DELTA = JSON.stringify({
  type: 'response.output_audio.delta',
  event_id: 'event_d',
  ...OF_PART,
  delta: pcmOf(DELTA_MS),
});
const WORDS = JSON.stringify({
  type: 'response.output_audio_transcript.delta',
  event_id: 'event_w',
  ...OF_PART,
  delta: 'and so on',
});

const counts = { appends: 0, deltas: 0 };
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  const session = { id: 'sess_bench', type: 'realtime', model: 'bench' };
  socket.send(JSON.stringify({ type: 'session.created', event_id: 'event_1', session }));
  const timer = setInterval(() => {
    socket.send(DELTA);
    socket.send(WORDS);
  }, DELTA_MS);
  socket.on('message', () => {
    counts.appends += 1;
  });
  socket.on('close', () => clearInterval(timer));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

/** Sessions that talk and listen until they are closed. */
async function open({ url, sessionCount, deflates }) {
  const clients = [];
  for (let count = 0; count < sessionCount; count += 1) {
    const client = new WebSocket(url, { perMessageDeflate: deflates });
    await new Promise((resolve, reject) => {
      client.once('open', resolve);
      client.once('error', reject);
    });
    client.on('message', (data) => {
      if (data.length > 1_000) counts.deltas += 1;
    });
    client.timer = setInterval(() => client.send(APPEND), APPEND_MS);
    clients.push(client);
  }
  return clients;
}

let clients = [];

function close() {
  for (const client of clients) {
    clearInterval(client.timer);
    client.close();
  }
  process.send({ type: 'closed' });
}

process.on('message', ({ type, ...asked }) => {
  if (type === 'open') {
    void open(asked).then((opened) => {
      clients = opened;
      process.send({ type: 'opened' });
    });
  } else if (type === 'count') {
    process.send({ type: 'counts', ...counts });
  } else {
    close();
  }
});
