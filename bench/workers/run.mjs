// What a second worker is worth: `node bench/workers/run.mjs [--workers 1,2] [--calls 10,15,20,25,30] [--share 25]
// [--seconds 8] [--json FILE]`.
//
// The calls of bench/density, in front of one server with one worker, then with two. Generator and upstream want a core
// for themselves, so that a machine of two cores can't give a server both: here each worker gets a small core instead,
// `--share` percent of one, by a control group of its own (cgroup v1's cpu controller; wants root). A server has
// reached its end when less than 95 % of what is said reaches the upstream; `--calls` is the number of calls for each
// worker that is tried, one after the other. Capacity is the last number that was carried. `--share 0` limits nothing
// and leaves what CPU a call costs with one worker and with two.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { workerOfId } from '../../packages/core/dist/index.js';
import { freeWorkerPortVariables } from '../../test/dist/harness/free-port.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, describeMachine, JSON_OPTION } from '../outcome.mjs';
import { prismCommand } from '../prism-command.mjs';
import { cpuSeconds } from '../process-usage.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    workers: { type: 'string', default: '1,2' },
    calls: { type: 'string', default: '10,15,20,25,30' },
    share: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '8' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('workers', values.json);
const PRISM = prismCommand();
const CGROUPS = '/sys/fs/cgroup/cpu';
const PERIOD_US = 10_000;
const SHARE = Number(values.share) / 100;
const SECONDS = Number(values.seconds);
const CALLS_PER_WORKER = values.calls.split(',').map(Number);
/** Until the first answers are over. */
const WARM_UP_MS = 6_000;
const APPENDED_SHARE_MIN = 0.95;
/** A row is void if the generator comes later or sends less. */
const LOOP_DELAY_MS_MAX = 25;
const SENT_SHARE_MIN = 0.98;

if (SHARE > 0 && !existsSync(join(CGROUPS, 'cpu.cfs_quota_us'))) {
  console.error(`There is no cgroup v1 cpu controller at ${CGROUPS}: --share 0 goes without.`);
  process.exit(1);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = async (child, message) => {
  child.send(message);
  const [answer] = await once(child, 'message');
  return answer;
};

function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** Gives each of these processes a core of the size asked for; returns what takes it away again. */
function giveSmallCores(pids) {
  if (SHARE === 0) return () => undefined;
  const folders = pids.map((pid) => {
    const folder = join(CGROUPS, `prism-bench-${pid}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(Math.round(SHARE * PERIOD_US)));
    writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    return folder;
  });
  const takeAway = () => {
    for (const pid of pids) writeFileSync(join(CGROUPS, 'cgroup.procs'), String(pid));
    for (const folder of folders.splice(0)) rmdirSync(folder);
  };
  process.once('SIGTERM', () => {
    takeAway();
    process.exit(1);
  });
  return takeAway;
}

async function startServer(workerCount, upstreamPort) {
  const ports = await freeWorkerPortVariables(workerCount);
  const folder = mkdtempSync(join(tmpdir(), 'prism-workers-bench-'));
  const child = fork(PRISM.path, ['serve'], {
    execArgv: PRISM.flags,
    env: {
      ...{ PATH: process.env.PATH, ...ports },
      PRISM_WORKERS: String(workerCount),
      PRISM_STORAGE_PATH: join(folder, 'ledger.sqlite'),
      PRISM_UPSTREAM: 'realtime',
      PRISM_MAX_SESSIONS: '1000',
      PRISM_LOG_LEVEL: 'error',
      OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      if (String(text).includes(' is ready.')) resolve();
    });
  });
  const workers = workerCount === 1 ? [child.pid] : childrenOf(child.pid);
  return {
    url: `http://127.0.0.1:${ports.PRISM_PORT}`,
    workers,
    supervisor: workerCount === 1 ? undefined : child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/** How many live calls each worker has. */
async function callsByWorker(url, workerCount) {
  const response = await fetch(`${url}/v1/prism/sessions?limit=500`);
  const { data } = await response.json();
  const counts = new Array(workerCount).fill(0);
  for (const { id } of data) counts[workerOfId(id, workerCount)] += 1;
  return counts;
}

async function measure(server, { callers, upstream, callCount }) {
  const pids = [...server.workers, server.supervisor ?? [], callers.pid, upstream.pid].flat();
  const usage = () => pids.map((pid) => cpuSeconds(pid));
  const { sent } = await ask(callers, { type: 'report' });
  const { appends } = await ask(upstream, { type: 'count' });
  const [before, startMs] = [usage(), performance.now()];
  await pause(SECONDS * 1_000);
  const elapsedS = (performance.now() - startMs) / 1_000;
  const after = usage();
  const heard = await ask(callers, { type: 'report' });
  const counted = await ask(upstream, { type: 'count' });
  const cores = after.map((seconds, index) => (seconds - before[index]) / elapsedS);
  const due = 50 * callCount * elapsedS;
  const sentShare = (heard.sent - sent) / due;
  const appendedShare = (counted.appends - appends) / due;
  const workerCount = server.workers.length;
  return {
    callCount,
    callsByWorker: await callsByWorker(server.url, workerCount),
    workerCores: cores.slice(0, workerCount),
    supervisorCore: server.supervisor === undefined ? 0 : cores[workerCount],
    generatorCores: cores.at(-2) + cores.at(-1),
    sentShare,
    appendedShare,
    isVoid: sentShare < SENT_SHARE_MIN || heard.loopDelayMs.p99 > LOOP_DELAY_MS_MAX,
    isCarried: appendedShare >= APPENDED_SHARE_MIN * sentShare,
  };
}

async function ramp(workerCount) {
  const upstream = fork(new URL('../density/upstream.mjs', import.meta.url));
  const [{ port }] = await once(upstream, 'message');
  const server = await startServer(workerCount, port);
  const callers = fork(new URL('../density/callers.mjs', import.meta.url));
  await once(callers, 'message');
  const rows = [];
  const takeAway = giveSmallCores(server.workers);
  let open = 0;
  for (const perWorker of CALLS_PER_WORKER) {
    const callCount = perWorker * workerCount;
    const { url } = server;
    const { problem } = await ask(callers, { type: 'open', count: callCount - open, url });
    if (problem !== undefined) {
      console.error(problem);
      break;
    }
    open = callCount;
    await ask(upstream, { type: 'begin' });
    await ask(callers, { type: 'talk' });
    await pause(WARM_UP_MS);
    const row = await measure(server, { callers, upstream, callCount });
    rows.push(row);
    console.error(`${workerCount} × ${perWorker} calls: ${(row.appendedShare * 100).toFixed(1)} %`);
    if (!row.isCarried) break;
  }
  await ask(upstream, { type: 'end' });
  callers.send({ type: 'stop' });
  await once(callers, 'exit');
  // Ending takes its time on a small core.
  takeAway();
  await server.stop();
  upstream.kill();
  const carried = rows.filter(({ isCarried, isVoid }) => isCarried && !isVoid);
  return { workerCount, capacity: carried.at(-1)?.callCount, rows };
}

const ramps = [];
for (const workerCount of values.workers.split(',').map(Number))
  ramps.push(await ramp(workerCount));

const percent = (share, digits = 1) => (share * 100).toFixed(digits);
for (const { workerCount, capacity, rows } of ramps) {
  console.log(
    `\n${workerCount} worker${workerCount === 1 ? '' : 's'}, capacity ${capacity ?? '-'} calls`,
  );
  console.table(
    rows.map((row) => {
      const cores = row.workerCores.reduce((sum, core) => sum + core, 0) + row.supervisorCore;
      return {
        calls: row.callCount,
        'calls by worker': row.callsByWorker.join(' + '),
        'core % by worker': row.workerCores.map((core) => percent(core)).join(' + '),
        'supervisor %': percent(row.supervisorCore),
        'core % per call': percent(cores / row.callCount, 3),
        'appended %': percent(row.appendedShare),
        'generator core %': percent(row.generatorCores, 0),
        '': [row.isVoid ? 'void' : '', row.isCarried ? '' : 'at its end'].join(' ').trim(),
      };
    }),
  );
}
const [one, two] = [1, 2].map((count) => ramps.find(({ workerCount }) => workerCount === count));
const ratio = one?.capacity && two?.capacity ? two.capacity / one.capacity : undefined;
if (ratio !== undefined) console.log(`Two workers carry ${ratio.toFixed(2)} × what one does.`);
const machine = describeMachine();
console.log(
  `${machine.cores} × ${machine.cpu}, Node ${machine.node}; load ${loadavg()[0].toFixed(1)}`,
);
outcome.write({ share: SHARE, ramps, ratio });
process.exit(0);
