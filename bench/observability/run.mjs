// What observability costs: `node bench/observability/run.mjs [--sessions 100] [--seconds 15] [--json]`.
//
// The same server process under the same load, with everything off (metrics, traces, timeline, logs) and with
// everything on (metrics read every 5 s, every session traced to a collector, timeline, logs as JSON), in the order off,
// on, on, off. The simulator is the upstream, callers are a process of their own. CPU is the server's, from /proc.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSimulator } from '../../packages/engine/dist/index.js';
import { freePortVariables } from '../../test/dist/harness/free-port.js';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
});
const SESSIONS = Number(values.sessions);
const WINDOW_MS = Number(values.seconds) * 1_000;
const TURN_MS = 6_000;
const SCRAPE_MS = 5_000;
const TICKS_PER_S = 100;
const BIN_PATH = join(import.meta.dirname, '../../packages/server/bin/prism.js');

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

const MODES = {
  off: { PRISM_METRICS: 'false', PRISM_TIMELINE: 'false', PRISM_LOG_LEVEL: 'silent' },
  on: {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.address().port}`,
    PRISM_LOG_LEVEL: 'info',
    PRISM_LOG_FORMAT: 'json',
  },
};

/** Seconds of CPU of a process and its threads: user and system. */
function cpuSOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

async function serve(mode) {
  const ports = await freePortVariables();
  const server = spawn(process.execPath, [BIN_PATH, 'serve'], {
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
  while (
    !(await fetch(`${url}/readyz`)
      .then((answer) => answer.ok)
      .catch(() => false))
  )
    await delay(50);
  return { server, url };
}

/** How long a request of the metrics keeps the event loop, as the server tells of the one before, in ms. */
async function scrape(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return { ms: Number(/^prism_scrape_duration_seconds (\S+)$/m.exec(text)?.[1]) * 1_000, text };
}

async function measure(mode) {
  const { server, url } = await serve(mode);
  const clients = fork(
    join(import.meta.dirname, 'clients.mjs'),
    [url, String(SESSIONS), String(TURN_MS)],
    { execArgv: [] },
  );
  await once(clients, 'message');
  await delay(TURN_MS);
  const ask = async () => {
    clients.send('count');
    const [counts] = await once(clients, 'message');
    return counts;
  };
  const scrapesMs = [];
  let bytes = 0;
  const look = async () => {
    const { ms, text } = await scrape(url);
    bytes = text.length;
    if (ms > 0) scrapesMs.push(ms);
  };
  const timer = setInterval(() => {
    if (mode === 'on') void look();
  }, SCRAPE_MS);
  const before = { cpuS: cpuSOf(server.pid), counts: await ask(), atMs: performance.now() };
  await delay(WINDOW_MS);
  const after = { cpuS: cpuSOf(server.pid), counts: await ask(), atMs: performance.now() };
  clearInterval(timer);
  clients.kill();
  await once(clients, 'exit');
  server.kill();
  await once(server, 'exit');
  const tookS = (after.atMs - before.atMs) / 1_000;
  const of = (name) => (after.counts[name] - before.counts[name]) / tookS;
  return {
    mode,
    cpuPercent: (100 * (after.cpuS - before.cpuS)) / tookS,
    packetsInPerS: of('packetsSent'),
    packetsOutPerS: of('packetsHeard'),
    packetsMissedPerS: of('packetsMissed'),
    clientsCpuPercent: 100 * of('cpuS'),
    scrapesMs,
    metricsBytes: bytes,
  };
}

const runs = [];
for (const mode of ['off', 'on', 'on', 'off']) runs.push(await measure(mode));
const meanOf = (mode) => {
  const figures = runs.filter((run) => run.mode === mode).map(({ cpuPercent }) => cpuPercent);
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
};
const ratio = meanOf('on') / meanOf('off');
if (values.json) {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  console.log(JSON.stringify({ sessions: SESSIONS, machine, runs, ratio, spanBytes }, null, 2));
} else {
  console.table(
    runs.map(({ scrapesMs, ...run }) => ({
      ...Object.fromEntries(
        Object.entries(run).map(([name, value]) => [
          name,
          typeof value === 'number' ? Math.round(value * 10) / 10 : value,
        ]),
      ),
      scrapeMsMax: scrapesMs.length === 0 ? '' : Math.max(...scrapesMs).toFixed(1),
    })),
  );
  console.log(`${SESSIONS} sessions: on / off = ${ratio.toFixed(3)} (goal: at most 1.05)`);
  if (runs.some(({ packetsMissedPerS }) => packetsMissedPerS > 0))
    console.log('The callers could not keep up: the run is void.');
}
await simulator.close();
collector.close();
