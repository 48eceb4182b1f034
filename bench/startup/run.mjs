// How long a cold process takes (target T14): `node bench/startup/run.mjs [--runs 5] [--json FILE]`.
//
// `prism serve` with the built-in engine, built before, each time a process of its own with a new folder; files are in the
// system's cache from the second run on, and the first is told with the others. Timed from the spawn:
//
//   ready         GET /readyz answers 200, asked every few milliseconds
//   session       session.created came on a WebSocket opened then
//   first answer  the first audio of the engine's answer to a response.create sent then
//
// Beside it, in turn (ABBA): `node` with nothing to do, from its spawn to its end, the floor of any such server. A last
// run is profiled, until it is ready. What `npm start` compiles after `npm ci` is not in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { freePorts } from '../../test/dist/harness/free-port.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { prismCommand } from '../prism-command.mjs';
import { foldProfile } from '../profile/parts.mjs';
import { printProfile } from '../profile/profiler.mjs';
import { summaryOf } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: { runs: { type: 'string', default: '5' }, ...JSON_OPTION },
});
const RUN_COUNT = Number(values.runs);
const POLL_MS = 5;
const PRISM = prismCommand();
const outcome = beginOutcome('startup', values.json);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`)).status === 200;
  } catch {
    // Nothing listens yet.
    return false;
  }
}

/** When each of the events came, since `startMs`. */
async function answerOf(url, startMs) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime?model=prism`);
  const times = {};
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`The socket closed with ${code}.`)));
    socket.on('message', (/** @type {Buffer} */ data) => {
      const { type } = JSON.parse(data.toString());
      if (type === 'session.created') {
        times.sessionMs = performance.now() - startMs;
        socket.send(JSON.stringify({ type: 'response.create' }));
      }
      if (type !== 'response.output_audio.delta') return;
      times.firstAnswerMs = performance.now() - startMs;
      resolve();
    });
  });
  socket.terminate();
  return times;
}

/** One start; `execArgv` for its Node. */
async function start(execArgv, isAnswered) {
  const { port, mediaPort } = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), 'prism-startup-'));
  const url = `http://127.0.0.1:${port}`;
  const startMs = performance.now();
  const child = spawn(process.execPath, [...PRISM.flags, ...execArgv, PRISM.path, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PRISM_HOST: '127.0.0.1',
      PRISM_PORT: String(port),
      PRISM_MEDIA_PORT: String(mediaPort),
      PRISM_STORAGE_PATH: join(folder, 'ledger.sqlite'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error('Prism ended at its start.');
    await pause(POLL_MS);
  }
  const readyMs = performance.now() - startMs;
  const answered = isAnswered ? await answerOf(url, startMs) : {};
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
  return { readyMs, ...answered };
}

async function startNothing() {
  const startMs = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startMs;
}

/** Of the main thread, from the process' begin to its end. */
async function profileStart() {
  const folder = mkdtempSync(join(tmpdir(), 'prism-startup-profile-'));
  await start(['--cpu-prof', `--cpu-prof-dir=${folder}`], false);
  // CPU.<day>.<time>.<pid>.<thread>.<sequence>.cpuprofile
  const name = readdirSync(folder).find((file) => /\.\d+\.0\.\d+\.cpuprofile$/.test(file));
  const profile =
    name === undefined ? undefined : JSON.parse(readFileSync(join(folder, name), 'utf8'));
  rmSync(folder, { recursive: true });
  return profile === undefined ? undefined : foldProfile(profile, 'a start, until it is ready');
}

const starts = [];
const floorMs = [];
for (let run = 0; run < RUN_COUNT; run += 1) {
  const turns = [
    async () => starts.push(await start([], true)),
    async () => floorMs.push(await startNothing()),
  ];
  for (const turn of run % 2 === 0 ? turns : turns.toReversed()) await turn();
}
const profile = await profileStart();

const rows = {
  ready: summaryOf(starts.map(({ readyMs }) => readyMs)),
  session: summaryOf(starts.map(({ sessionMs }) => sessionMs)),
  'first answer': summaryOf(starts.map(({ firstAnswerMs }) => firstAnswerMs)),
  'node with nothing': summaryOf(floorMs),
};
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([name, { count, p50, max }]) => [
      name,
      { 'p50 ms': Math.round(p50), 'max ms': Math.round(max), count },
    ]),
  ),
);
console.log('goals: ready in 2,000 ms, first answer in 5,000 ms');
printProfile(profile);
outcome.write({ rows, profile, raw: { starts, floorMs } });
process.exit(0);
