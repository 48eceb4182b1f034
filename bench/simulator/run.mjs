// Measures the simulator: node bench/simulator/run.mjs [--sessions 1000] [--talking 100] [--seconds 20]
//   [--answer-ms 5000] [--delta-ms 200] [--microphones] [--no-hour] [--json file]
// 1. Simultaneous sessions over loopback WebSocket, so many of them receiving time-coded audio in real time at a time,
//    with the load generator in its own process: the share of one core that the simulator takes.
// 2. An hour of conversation in process, twice: how long each takes, and whether they are the same bytes.
// The package must be built (npm run build). Nothing is written but the JSON.

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { encodeTimeCode, simulateCall, VirtualClock } from '../../packages/engine/dist/index.js';
import { readOptions } from '../options.mjs';

const { values: options } = readOptions(import.meta.url, {
  options: {
    sessions: { type: 'string', default: '1000' },
    talking: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    'answer-ms': { type: 'string', default: '5000' },
    'delta-ms': { type: 'string', default: '200' },
    microphones: { type: 'boolean', default: false },
    hour: { type: 'boolean', default: true },
    json: { type: 'string' },
  },
  allowNegative: true,
});

/** One message back for one message there. */
function ask(child, message) {
  return new Promise((resolve, reject) => {
    const failed = (code) => reject(new Error(`a process ended with ${code}`));
    child.once('exit', failed);
    child.once('message', (answer) => {
      child.off('exit', failed);
      resolve(answer);
    });
    if (message !== undefined) child.send(message);
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const start = (name, args) => fork(new URL(name, import.meta.url), args.map(String));

async function measureSessions() {
  const server = start('serve.mjs', [options['answer-ms'], options['delta-ms']]);
  const { port } = await ask(server);
  const idle = await ask(server, 'usage');
  const { sessions, talking } = options;
  const load = start('load.mjs', [port, sessions, talking, options.microphones ? 1 : 0]);
  await ask(load);
  await sleep(8_000);
  const [before, countBefore] = [await ask(server, 'usage'), await ask(load, 'counts')];
  const receiving = [];
  for (let second = 0; second < Number(options.seconds); second += 1) {
    await sleep(1_000);
    receiving.push((await ask(load, 'counts')).receiving);
  }
  const [after, countAfter] = [await ask(server, 'usage'), await ask(load, 'counts')];
  const heard = await ask(load, 'end');
  server.send('close');
  const seconds = (after.atMs - before.atMs) / 1_000;
  const rate = (name) => Math.round((countAfter[name] - countBefore[name]) / seconds);
  return {
    sessions: after.sessionCount,
    receivingAtOnce: Math.round(receiving.reduce((sum, one) => sum + one, 0) / receiving.length),
    microphones: options.microphones,
    seconds: Number(seconds.toFixed(1)),
    coreShare: Number(((after.cpuUs - before.cpuUs) / 1e6 / seconds).toFixed(3)),
    deltasPerSecond: rate('deltas'),
    appendsPerSecond: rate('appends'),
    missedAppendsPerSecond: rate('missedAppends'),
    loopLatenessMs: {
      p50: Number(after.latenessP50Ms.toFixed(1)),
      p99: Number(after.latenessP99Ms.toFixed(1)),
    },
    rssMbPerSession: Number(
      ((after.rssBytes - idle.rssBytes) / 1e6 / after.sessionCount).toFixed(3),
    ),
    errors: countAfter.errors,
    brokenSessions: after.brokenSessionCount,
    ...heard,
  };
}

/** A user who speaks 1.2 s in every ten seconds, over an open microphone. */
function converseForAnHour() {
  const clock = new VirtualClock();
  const hash = createHash('sha256');
  let answers = 0;
  const script = {
    seed: 42,
    session_ms: 3_600_000,
    timing: { first_audio_ms: { type: 'lognormal', p50_ms: 420, p95_ms: 1_100 }, pace_ratio: 4 },
  };
  const onText = (text) => {
    hash.update(`${clock.nowMs()} ${text}\n`);
    answers += text.startsWith('{"type":"response.done"') ? 1 : 0;
  };
  const call = simulateCall({ script, clock, onText });
  const append = (pcm) =>
    JSON.stringify({
      type: 'input_audio_buffer.append',
      audio: Buffer.from(pcm.buffer).toString('base64'),
    });
  const silence = append(new Int16Array(2_400));
  const speech = Array.from({ length: 12 }, (_, index) => append(encodeTimeCode(index * 5, 5)));
  const startMs = performance.now();
  for (let at = 0; at < 36_000; at += 1) {
    call.send(speech[at % 100] ?? silence);
    clock.advance(100);
  }
  const tookS = Number(((performance.now() - startMs) / 1_000).toFixed(2));
  call.end();
  return { tookS, answers, sha256: hash.digest('hex').slice(0, 16) };
}

const result = { machine: `${cpus().length} x ${cpus()[0].model}`, load: loadavg()[0] };
result.sessions = await measureSessions();
if (options.hour) result.hours = [converseForAnHour(), converseForAnHour()];
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(result, null, 2));
