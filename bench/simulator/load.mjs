// The users: sessions over loopback WebSocket, of which so many are being answered at any time. The next one asks
// when an answer has ended. What one in twenty of them hears is decoded in the end.

import { WebSocket } from 'ws';
import { decodeTimeCode, reportTimeCode } from '../../packages/engine/dist/index.js';

const [port, sessionCount, talkingCount, microphones] = process.argv.slice(2).map(Number);
const DELTA = '{"type":"response.output_audio.delta"';
const DONE = '{"type":"response.done"';
const CREATED = '{"type":"session.created"';
const CREATE = JSON.stringify({ type: 'response.create' });
const SILENCE = JSON.stringify({
  type: 'input_audio_buffer.append',
  audio: Buffer.alloc(4_800).toString('base64'),
});
const APPEND_MS = 100;

const counts = { deltas: 0, answers: 0, receiving: 0, errors: 0, appends: 0, missedAppends: 0 };
const sockets = [];
const heard = new Map();
const answered = new Set();
let nextIndex = 0;

/** The next session in turn that isn't being answered asks. */
function ask() {
  while (answered.has(nextIndex % sessionCount)) nextIndex += 1;
  const index = nextIndex % sessionCount;
  answered.add(index);
  sockets[index].send(CREATE);
  nextIndex += 1;
  counts.receiving += 1;
}

function onText(index, data) {
  if (data.length > 1_000 && data.subarray(0, DELTA.length).equals(Buffer.from(DELTA))) {
    counts.deltas += 1;
    if (heard.has(index)) heard.get(index).push(data);
    return;
  }
  const head = data.subarray(0, 40).toString();
  if (head.startsWith(DONE)) {
    counts.answers += 1;
    counts.receiving -= 1;
    answered.delete(index);
    ask();
  } else if (head.startsWith('{"type":"error"')) {
    counts.errors += 1;
  }
}

function open(index) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime?model=load`);
    socket.on('error', reject);
    socket.on('message', (data) => {
      if (data.subarray(0, CREATED.length).toString() === CREATED) resolve();
      else onText(index, data);
    });
    sockets[index] = socket;
    if (index % 20 === 0) heard.set(index, []);
  });
}

for (let index = 0; index < sessionCount; index += 50) {
  const batch = Math.min(50, sessionCount - index);
  await Promise.all(Array.from({ length: batch }, (_, offset) => open(index + offset)));
}
for (let index = 0; index < talkingCount; index += 1) {
  setTimeout(ask, (index * 5_000) / talkingCount);
}
if (microphones === 1) {
  const startMs = performance.now();
  let slot = 0;
  setInterval(() => {
    const due = ((performance.now() - startMs) * sessionCount) / APPEND_MS;
    // What this process can't send in time is left out and counted: it isn't the one that is measured.
    const left = Math.max(0, Math.floor(due - slot - sessionCount / 10));
    slot += left;
    counts.missedAppends += left;
    for (; slot < due; slot += 1) {
      const socket = sockets[slot % sessionCount];
      if (socket.bufferedAmount > 65_536) {
        counts.missedAppends += 1;
      } else {
        socket.send(SILENCE);
        counts.appends += 1;
      }
    }
  }, 5);
}

function report() {
  const reports = [...heard.values()]
    .filter((messages) => messages.length > 0)
    .map((messages) => {
      const parts = messages.map((data) => Buffer.from(JSON.parse(data).delta, 'base64'));
      const bytes = Buffer.concat(parts);
      const pcm = new Int16Array(bytes.length / 2).map((_, at) => bytes.readInt16LE(at * 2));
      return reportTimeCode(decodeTimeCode(pcm));
    });
  const sum = (field) => reports.reduce((total, one) => total + one[field], 0);
  return {
    decodedSessions: reports.length,
    codes: sum('heardCount'),
    wrong: sum('missingCount') + sum('repeatedCount') + sum('disorderedCount'),
  };
}

process.on('message', (message) => {
  if (message === 'end') {
    process.send(report());
    process.exit(0);
  }
  process.send({ ...counts });
});
process.send({ ready: true });
