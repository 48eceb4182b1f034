// What observability costs: `node bench/observability/run.mjs [--sessions 100] [--rounds 6] [--modes off,on]
// [--json FILE]`.
//
// Two server processes side by side, one with everything off (metrics, traces, timeline, logs) and one with everything
// on (metrics read once a turn, every session traced to a collector, timeline, logs as JSON). Both have their callers,
// who talk in turns: off, on, on, off and so on, a window of whole turns each, so that what compares is seconds apart and
// has the same machine. `--modes off,metrics,timeline,logs,traces,on` has a server for each part by itself. The simulator is
// the upstream, in this process; the callers of a server are a process of their own.
// CPU is the servers', from /proc. A run is void when a process that loads cannot keep up, or when the two servers were
// not given, or did not do, the same.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSimulator } from '../../packages/engine/dist/index.js';
import { freePortVariables } from '../../test/dist/harness/free-port.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { prismCommand } from '../prism-command.mjs';
import { cpuSeconds } from '../process-usage.mjs';
import { median } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    sessions: { type: 'string', default: '100' },
    /** Pairs of windows. */
    rounds: { type: 'string', default: '6' },
    modes: { type: 'string', default: 'off,on' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('observability', values.json);
const SESSIONS = Number(values.sessions);
const ROUNDS = Number(values.rounds);
/** Each session asks once a turn; answers are shorter. */
const TURN_MS = 6_000;
/** Windows of each server before those that count. */
const WARM_ROUNDS = 4;
/** From when on as many answers end as begin. */
const WARM_MS = 4_000;
const GOAL_RATIO = 1.05;
/** Of packets sent, and between the two servers. */
const DIFFERENCE_RATIO_MAX = 0.02;
/** Of a core, of a process that makes load. */
const LOADER_CPU_PERCENT_MAX = 85;
const PRISM = prismCommand();

const simulator = await createSimulator({
  script: { timing: { first_audio_ms: 300, audio_ms: 3_000, pace_ratio: 1 } },
});
let spanBytes = 0;
const collector = createServer((request, response) => {
  request.on('data', (chunk) => (spanBytes += chunk.length));
  request.on('end', () => response.writeHead(200).end('{}'));
});
collector.listen(0, '127.0.0.1');
await once(collector, 'listening');

const OFF = { PRISM_METRICS: 'false', PRISM_TIMELINE: 'false', PRISM_LOG_LEVEL: 'silent' };
const METRICS = { PRISM_METRICS: 'true' };
const TIMELINE = { PRISM_TIMELINE: 'true' };
const LOGS = { PRISM_LOG_LEVEL: 'info', PRISM_LOG_FORMAT: 'json' };
const TRACES = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.address().port}` };
const MODES = {
  off: OFF,
  metrics: { ...OFF, ...METRICS },
  timeline: { ...OFF, ...TIMELINE },
  logs: { ...OFF, ...LOGS },
  traces: { ...OFF, ...TRACES },
  on: { ...METRICS, ...TIMELINE, ...LOGS, ...TRACES },
};
const modes = values.modes.split(',');

/** A server with its callers, who are silent until they are told. */
async function open(mode) {
  const ports = await freePortVariables();
  const server = spawn(process.execPath, [...PRISM.flags, PRISM.path, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PRISM_STORAGE_PATH: ':memory:',
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: simulator.url,
      PRISM_MAX_SESSIONS: '1000',
      ...ports,
      ...MODES[mode],
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = `http://localhost:${ports.PRISM_PORT}`;
  server.stdout.resume();
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await delay(50);
  const clients = fork(
    join(import.meta.dirname, 'clients.mjs'),
    [url, String(SESSIONS), String(TURN_MS)],
    { execArgv: [] },
  );
  await once(clients, 'message');
  const tell = async (what) => {
    clients.send(what);
    const [counts] = await once(clients, 'message');
    return counts;
  };
  const close = async () => {
    clients.kill();
    await once(clients, 'exit');
    server.kill();
    await once(server, 'exit');
  };
  return { mode, url, pid: server.pid, tell, close };
}

const ownCpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function snapshot({ pid, tell }) {
  const cpuS = { server: cpuSeconds(pid), main: cpuSeconds(pid, `/task/${pid}`), own: ownCpuS() };
  return { atMs: performance.now(), cpuS, counts: await tell('count') };
}

/** The callers talk for a whole turn, after as many answers end as begin. */
async function measure(subject) {
  const { mode, url, tell } = subject;
  await tell('go');
  await delay(WARM_MS);
  const before = await snapshot(subject);
  await delay(TURN_MS / 2);
  const metricsBytes =
    MODES[mode].PRISM_METRICS === 'true'
      ? (await (await fetch(`${url}/metrics`)).text()).length
      : undefined;
  await delay(Math.max(0, before.atMs + TURN_MS - performance.now()));
  const after = await snapshot(subject);
  await tell('stop');
  const tookS = (after.atMs - before.atMs) / 1_000;
  const of = (name) => (after.counts[name] - before.counts[name]) / tookS;
  const packetsPerS = of('packetsSent') + of('packetsHeard');
  const percent = (who) => (100 * (after.cpuS[who] - before.cpuS[who])) / tookS;
  const cpuPercent = percent('server');
  return {
    mode,
    cpuPercent,
    mainThreadPercent: percent('main'),
    usPerPacket: (cpuPercent * 10_000) / packetsPerS,
    packetsInPerS: of('packetsSent'),
    packetsOutPerS: of('packetsHeard'),
    packetsMissedPerS: of('packetsMissed'),
    answersPerS: of('answers'),
    clientsCpuPercent: 100 * of('cpuS'),
    upstreamCpuPercent: percent('own'),
    metricsBytes,
  };
}

const subjects = new Map();
for (const mode of modes) subjects.set(mode, await open(mode));
// Until V8 has compiled what runs a few times a second: a minute of talk. Its compiler is in other threads, and the more
// there is that is seldom run, the longer it goes on.
for (let round = 0; round < WARM_ROUNDS; round += 1)
  for (const subject of subjects.values()) await measure(subject);
const runs = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const order = round % 2 === 0 ? modes : [...modes].reverse();
  for (const mode of order) runs.push({ round, ...(await measure(subjects.get(mode))) });
}
for (const subject of subjects.values()) await subject.close();

const of = (mode, name) => runs.filter((run) => run.mode === mode).map((run) => run[name]);
const mean = (figures) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
const [base, ...others] = modes;
/** How far a mode's mean is from that of the first. */
const apart = (name) =>
  Math.max(...others.map((mode) => Math.abs(mean(of(mode, name)) / mean(of(base, name)) - 1)));
const ratios = others.map((mode) => {
  const pairs = of(mode, 'usPerPacket').map((figure, at) => figure / of(base, 'usPerPacket')[at]);
  const ratio = mean(of(mode, 'usPerPacket')) / mean(of(base, 'usPerPacket'));
  return { mode, ratio, pairs };
});
const missed = mean(runs.map(({ packetsMissedPerS }) => packetsMissedPerS));
const voids = [
  [missed > DIFFERENCE_RATIO_MAX * SESSIONS * 50, 'the callers could not keep up'],
  [apart('packetsInPerS') > DIFFERENCE_RATIO_MAX, 'the servers were not sent the same'],
  [apart('packetsOutPerS') > DIFFERENCE_RATIO_MAX, 'the servers did not send the same'],
  [
    runs.some((run) =>
      [run.clientsCpuPercent, run.upstreamCpuPercent].some((each) => each > LOADER_CPU_PERCENT_MAX),
    ),
    'the callers or the upstream were at the end of their core',
  ],
].flatMap(([isSo, why]) => (isSo ? [why] : []));

const rounded = (value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);
console.table(
  runs.map((run) =>
    Object.fromEntries(Object.entries(run).map(([name, value]) => [name, rounded(value)])),
  ),
);
for (const { mode, ratio, pairs } of ratios) {
  const each = pairs.map((one) => one.toFixed(3)).join(', ');
  console.log(
    `${SESSIONS} sessions, CPU per packet: ${mode} / ${base} = ${ratio.toFixed(3)}, by pair ${each}, median ${median(pairs).toFixed(3)}`,
  );
}
console.log(`Goal: at most ${GOAL_RATIO}.`);
for (const why of voids) console.log(`The run is void: ${why}.`);
outcome.write({
  isVoid: voids.length > 0,
  voidBecause: voids.join(', and '),
  sessions: SESSIONS,
  ratios,
  spanBytes,
  raw: runs,
});
await simulator.close();
collector.close();
