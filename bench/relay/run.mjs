// What relaying a Realtime WebSocket costs: `node bench/relay/run.mjs [--sessions 50] [--seconds 10] [--deflate declined|accepted] [--bare] [--base folder] [--rounds 1] [--json FILE]`.
//
// The same traffic goes through Prism and through nginx, in turn (ABBA), in one run: per session 50 appends of 20 ms
// of audio a second up, 5 audio deltas of 200 ms and 5 transcript deltas a second down. Printed: CPU of the relaying
// process (nginx: of its worker) per session, and the ratio; the goal is 3 at most. With --bare a relay of nothing but
// the ws library runs beside them, with --base another checkout of Prism that is built. Of Prism the main thread's part
// is printed, since the ledger and Node have threads of their own. nginx: apt-get install nginx-light.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { freePorts, freeTcpPort } from '../../test/dist/harness/free-port.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { prismCommand } from '../prism-command.mjs';
import { cpuSeconds } from '../process-usage.mjs';
import { openProfiler, printProfile } from '../profile/profiler.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    sessions: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '10' },
    // Prism's clients offer deflate, and Prism declines it or takes it; nginx's never do.
    deflate: { type: 'string', default: 'unoffered' },
    bare: { type: 'boolean', default: false },
    base: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('relay', values.json);
const profiler = openProfiler();
const SESSION_COUNT = Number(values.sessions);
const DURATION_MS = Number(values.seconds) * 1_000;
const SETTLE_MS = 1_000;
/** The load's own process is at its end with so much of a core, or with fewer of the 50 appends a second. */
const LOAD_CORE_MAX = 0.85;
const APPENDS_PER_SECOND_MIN = 42;

const folder = mkdtempSync(join(tmpdir(), 'prism-relay-'));
const load = fork(new URL('load.mjs', import.meta.url));
const [{ port: upstreamPort }] = await once(load, 'message');
const ask = async (message) => {
  load.send(message);
  const [answer] = await once(load, 'message');
  return answer;
};
const sleep = (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** Waits until the child listens on the port. */
async function listening(child, port) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at its start`);
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(SETTLE_MS / 10);
  }
}

const urlOf = (port) => `ws://127.0.0.1:${port}/v1/realtime?model=bench`;

async function startPrism(folderPath) {
  const { port, mediaPort } = await freePorts();
  const { path, flags } = prismCommand(folderPath);
  const child = spawn(process.execPath, [...flags, path, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PRISM_PORT: String(port),
      PRISM_MEDIA_PORT: String(mediaPort),
      PRISM_STORAGE_PATH: join(folder, `${port}.sqlite`),
      PRISM_UPSTREAM: 'realtime',
      PRISM_WEBSOCKET_DEFLATE: String(values.deflate === 'accepted'),
      OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
      ...profiler.env,
    },
    stdio: 'ignore',
  });
  await listening(child, port);
  return { child, pid: child.pid, url: urlOf(port) };
}

async function startBare() {
  const child = fork(new URL('bare.mjs', import.meta.url), [`ws://127.0.0.1:${upstreamPort}/v1`]);
  const [{ port }] = await once(child, 'message');
  return { child, pid: child.pid, url: urlOf(port) };
}

async function startNginx() {
  const port = await freeTcpPort();
  const configPath = join(folder, 'nginx.conf');
  const config = `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 4096; }
    http {
      access_log off;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://127.0.0.1:${upstreamPort};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "upgrade";
          proxy_read_timeout 600s;
        }
      }
    }`;
  writeFileSync(configPath, config);
  const child = spawn('nginx', ['-c', configPath], { stdio: 'ignore' });
  await listening(child, port);
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  return {
    child,
    pid: Number(children.trim().split(' ')[0]),
    url: urlOf(port),
  };
}

/** CPU milliseconds per session and second. */
async function measure(relay) {
  const isPrism = relay === relays.prism || relay === relays.base;
  const deflates = isPrism && values.deflate !== 'unoffered';
  const mainThread = `/task/${relay.pid}`;
  await ask({ type: 'open', url: relay.url, sessionCount: SESSION_COUNT, deflates });
  await sleep(SETTLE_MS);
  const before = await ask({ type: 'count' });
  const cpuBefore = cpuSeconds(relay.pid);
  const mainBefore = cpuSeconds(relay.pid, mainThread);
  const loadBefore = cpuSeconds(load.pid);
  const startMs = performance.now();
  await sleep(DURATION_MS);
  const cpuMs = (cpuSeconds(relay.pid) - cpuBefore) * 1_000;
  const mainMs = (cpuSeconds(relay.pid, mainThread) - mainBefore) * 1_000;
  const elapsedS = (performance.now() - startMs) / 1_000;
  const after = await ask({ type: 'count' });
  await ask({ type: 'close' });
  await sleep(SETTLE_MS);
  return {
    cpuMsPerSessionSecond: cpuMs / elapsedS / SESSION_COUNT,
    loadCore: (cpuSeconds(load.pid) - loadBefore) / elapsedS,
    mainMsPerSessionSecond: mainMs / elapsedS / SESSION_COUNT,
    appendsPerSessionSecond: (after.appends - before.appends) / elapsedS / SESSION_COUNT,
    deltasPerSessionSecond: (after.deltas - before.deltas) / elapsedS / SESSION_COUNT,
  };
}

const relays = {
  prism: await startPrism(new URL('../..', import.meta.url).pathname),
  ...(values.base === undefined ? {} : { base: await startPrism(resolvePath(values.base)) }),
  nginx: await startNginx(),
  ...(values.bare ? { bare: await startBare() } : {}),
};
const names = Object.keys(relays);
const raw = Object.fromEntries(names.map((name) => [name, []]));
// The first of each warms up and isn't counted.
for (const name of names) await measure(relays[name]);
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const name of [...names, ...names.toReversed()]) raw[name].push(await measure(relays[name]));
const profile = await profiler.take(
  `${SESSION_COUNT} relayed sessions`,
  () => relays.prism.child.kill('SIGUSR2'),
  () => measure(relays.prism),
);
profiler.close();
for (const { child } of Object.values(relays)) child.kill();
load.kill();
rmSync(folder, { recursive: true });

const mean = (name, field) =>
  raw[name].reduce((sum, each) => sum + each[field], 0) / raw[name].length;
const ratio = mean('prism', 'cpuMsPerSessionSecond') / mean('nginx', 'cpuMsPerSessionSecond');
const row = (name) => ({
  'CPU ms per session and second': mean(name, 'cpuMsPerSessionSecond').toFixed(2),
  'of it the main thread': mean(name, 'mainMsPerSessionSecond').toFixed(2),
  'the load itself, core %': (mean(name, 'loadCore') * 100).toFixed(0),
  'appends up per second': mean(name, 'appendsPerSessionSecond').toFixed(1),
  'audio deltas down per second': mean(name, 'deltasPerSessionSecond').toFixed(1),
});
console.table(Object.fromEntries(names.map((name) => [name, row(name)])));
console.log(`Prism / nginx = ${ratio.toFixed(2)} (goal 3 at most)`);
printProfile(profile);
const nginx = execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }).trim();
const isVoid = names.some(
  (name) =>
    mean(name, 'appendsPerSessionSecond') < APPENDS_PER_SECOND_MIN ||
    mean(name, 'loadCore') > LOAD_CORE_MAX,
);
if (isVoid) console.log('Void: the load was late itself. Measure again on a quiet machine.');
outcome.write({
  isVoid,
  voidBecause: 'the process that makes the load was at its end',
  sessions: SESSION_COUNT,
  ratio,
  means: Object.fromEntries(
    names.map((name) => [
      name,
      {
        cpuMsPerSessionSecond: mean(name, 'cpuMsPerSessionSecond'),
        mainMsPerSessionSecond: mean(name, 'mainMsPerSessionSecond'),
        loadCore: mean(name, 'loadCore'),
      },
    ]),
  ),
  versions: { nginx: nginx.replace('nginx version: nginx/', '') },
  profile,
  raw,
});
process.exit(0);
