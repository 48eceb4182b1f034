// The upstream of bench/density, in a process of its own: a Realtime server whose answers come in cycles. Told over IPC
// when they begin; it counts what it is sent.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { ANSWER_AT_MS, CYCLE_MS, TALK_MS, talkPcm } from './cycle.mjs';

const DELTA_MS = 200;
/** Models send faster than it is heard. */
const DELTA_INTERVAL_MS = 50;
const SAMPLES_PER_MS = 24;

const pcm = talkPcm();
const deltas = Array.from({ length: TALK_MS / DELTA_MS }, (_, index) => {
  const start = index * DELTA_MS * SAMPLES_PER_MS;
  const part = pcm.subarray(start, start + DELTA_MS * SAMPLES_PER_MS);
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64');
});

const counts = { sessions: 0, appends: 0, answers: 0 };
const sessions = [];
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  const send = (type, fields) =>
    socket.send(JSON.stringify({ type, event_id: 'event_1', ...fields }));
  send('session.created', { session: { id: 'sess_bench', type: 'realtime', model: 'bench' } });
  counts.sessions += 1;
  sessions.push(send);
  socket.on('message', () => {
    counts.appends += 1;
  });
  socket.on('close', () => sessions.splice(sessions.indexOf(send), 1));
});

let answerCount = 0;

function answer(send) {
  answerCount += 1;
  const of = {
    response_id: `resp_${answerCount}`,
    item_id: `item_${answerCount}`,
    output_index: 0,
    content_index: 0,
  };
  const response = { id: of.response_id, status: 'in_progress' };
  send('response.created', { response });
  let next = 0;
  const timer = setInterval(() => {
    if (!sessions.includes(send)) return clearInterval(timer);
    if (next < deltas.length) {
      send('response.output_audio.delta', { ...of, delta: deltas[next] });
      send('response.output_audio_transcript.delta', { ...of, delta: 'and so on' });
      next += 1;
      return undefined;
    }
    clearInterval(timer);
    counts.answers += 1;
    return send('response.done', { response: { ...response, status: 'completed' } });
  }, DELTA_INTERVAL_MS);
}

const timers = new Set();

function end() {
  for (const timer of timers) clearTimeout(timer);
  timers.clear();
}

/** Each session answers once in a cycle, one after the other. */
function begin() {
  end();
  for (const [place, send] of sessions.entries()) {
    const startMs = (ANSWER_AT_MS + (place / sessions.length) * CYCLE_MS) % CYCLE_MS;
    const first = setTimeout(() => {
      answer(send);
      timers.add(setInterval(() => answer(send), CYCLE_MS));
    }, startMs);
    timers.add(first);
  }
}

process.on('message', ({ type }) => {
  if (type === 'begin') begin();
  if (type === 'end') end();
  process.send({ type, ...counts });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
