// How many calls a core carries (targets T4, T11): `node bench/density/run.mjs [--calls 10,25,50,100,150,200] [--seconds 20]
// [--subjects prism,aiortc,werift,janus] [--rounds 1] [--profile] [--json FILE]`.
//
// Calls bridge Opus over WebRTC to PCM over a Realtime WebSocket and back. Each client sends 50 packets a second, speech
// in 40 % of the time; the model talks in another 40 %. Servers are measured in turn (ABBA with `--rounds 2`), each with
// more and more calls in one process: CPU of the whole process, threads too, and resident memory by number of calls, and
// from their slopes calls per core and memory per call. Clients and upstream are processes of their own, whose CPU is
// printed; a row is void, and counts for no slope, when they come too late or send too little. A server that is at its
// end is given no more calls. `ticks` is how late the server's media tick is (Prism alone), with what
// made those later than 2 ms so late: garbage collection, waiting for a core, or what the process itself did; `late` how
// late packets of answers come to the client after the one that came soonest, which has the client's own delay in it.
// --profile adds where the CPU of Prism's main thread goes at the largest number of calls, in a run of its own.
// Janus mixes its calls in rooms of two, and has no upstream: all of them are encoded all the time. Wants aiortc and Janus:
// apt-get install python3-aiortc python3-aiohttp janus. It wants a core for the server and one for the rest.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readOptions } from '../options.mjs';
import { beginOutcome, describeMachine, JSON_OPTION } from '../outcome.mjs';
import { cpuSeconds, residentMb } from '../process-usage.mjs';
import { foldProfile } from '../profile/parts.mjs';
import { printProfile } from '../profile/profiler.mjs';
import { percentile } from '../samples.mjs';
import { SUBJECT_NAMES, startSubject } from './subjects.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    calls: { type: 'string', default: '10,25,50,100,150,200' },
    seconds: { type: 'string', default: '20' },
    subjects: { type: 'string', default: SUBJECT_NAMES.join(',') },
    rounds: { type: 'string', default: '1' },
    profile: { type: 'boolean', default: false },
    // The name of the table in its JSON: `tail` for one long row.
    table: { type: 'string', default: 'density' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome(values.table, values.json);
const CALL_COUNTS = values.calls.split(',').map(Number);
const SECONDS = Number(values.seconds);
/** Until the first answers are over. */
const WARM_UP_MS = 6_000;
/** Before the first row with calls: until V8 has compiled what packets need, in the servers that have it. */
const FIRST_WARM_UP_MS = Math.min(30_000, SECONDS * 1_500);
/** What a server does without calls is known by then. */
const EMPTY_SECONDS_MAX = 20;
/** A row is void beyond these. */
const LOOP_DELAY_MS_MAX = 25;
const SENT_SHARE_MIN = 0.98;
/** A server that uses so much of a core, or sends and appends so little, is at its end. */
const CORE_MAX = 0.95;
const APPENDED_SHARE_MIN = 0.95;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = async (child, message) => {
  child.send(message);
  const [answer] = await once(child, 'message');
  return answer;
};

/** One row: so many calls, for so long. */
async function measure(subject, { callers, upstream, callCount }) {
  const pids = { server: subject.pid, callers: callers.pid, upstream: upstream.pid };
  const usage = () =>
    Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]));
  await subject.ticks?.();
  const { sent: sentBefore } = await ask(callers, { type: 'report' });
  const atFirst = await ask(upstream, { type: 'count' });
  const before = usage();
  const startMs = performance.now();
  await pause(Math.min(SECONDS, callCount === 0 ? EMPTY_SECONDS_MAX : SECONDS) * 1_000);
  const after = usage();
  const elapsedS = (performance.now() - startMs) / 1_000;
  const heard = await ask(callers, { type: 'report' });
  const counted = await ask(upstream, { type: 'count' });
  const ticks = await subject.ticks?.();
  const late = heard.latenessMs;
  const due = 50 * callCount * elapsedS;
  const sentShare = (heard.sent - sentBefore) / due;
  const core = Object.fromEntries(
    Object.keys(pids).map((name) => [name, (after[name] - before[name]) / elapsedS]),
  );
  const appendedShare = callCount === 0 ? undefined : (counted.appends - atFirst.appends) / due;
  return {
    callCount,
    core,
    residentMb: residentMb(subject.pid),
    heapMb: ticks === undefined ? undefined : ticks.heapUsed / 2 ** 20,
    ticks,
    lateMs: { p50: percentile(late, 0.5), p99: percentile(late, 0.99), count: late.length },
    sentShare,
    appendedShare,
    loopDelayMs: heard.loopDelayMs,
    isVoid:
      callCount > 0 && (sentShare < SENT_SHARE_MIN || heard.loopDelayMs.p99 > LOOP_DELAY_MS_MAX),
    isAtItsEnd:
      callCount > 0 &&
      (core.server > CORE_MAX ||
        (!subject.isBridgeless && appendedShare < APPENDED_SHARE_MIN * sentShare)),
  };
}

/** A server with more and more calls. */
async function ramp(name, callCounts, { isProfiled = false } = {}) {
  const upstream = fork(new URL('upstream.mjs', import.meta.url));
  const [{ port }] = await once(upstream, 'message');
  const subject = await startSubject(name, `http://127.0.0.1:${port}/v1`);
  if (subject.problem !== undefined) {
    upstream.kill();
    return { name, problem: subject.problem, rows: [] };
  }
  const callers = fork(new URL('callers.mjs', import.meta.url));
  await once(callers, 'message');
  const rows = [];
  let open = 0;
  let problem;
  let profile;
  for (const callCount of callCounts) {
    const { url, candidate } = subject;
    const opened = await ask(callers, { type: 'open', count: callCount - open, url, candidate });
    problem = opened.problem;
    if (problem !== undefined) break;
    open = callCount;
    if (callCount > 0) {
      await ask(upstream, { type: 'begin' });
      await ask(callers, { type: 'talk' });
      await pause(rows.some((row) => row.callCount > 0) ? WARM_UP_MS : FIRST_WARM_UP_MS);
    }
    if (isProfiled) {
      profile = await subject.profile(() => pause(SECONDS * 1_000));
      break;
    }
    const row = await measure(subject, { callers, upstream, callCount });
    rows.push(row);
    console.error(`${name}, ${callCount} calls: ${(row.core.server * 100).toFixed(1)} % of a core`);
    if (row.isAtItsEnd) break;
  }
  await ask(upstream, { type: 'end' });
  callers.send({ type: 'stop' });
  await once(callers, 'exit');
  await subject.stop();
  upstream.kill();
  return { name, version: subject.version, problem, rows, profile };
}

/** Least squares over the rows with calls: what one call more costs. A server without any has no tick to keep. */
function slope(rows, valueOf) {
  const points = rows
    .filter(({ callCount, isVoid, isAtItsEnd }) => callCount > 0 && !isVoid && !isAtItsEnd)
    .map((row) => [row.callCount, valueOf(row)]);
  if (points.length < 2) return undefined;
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

const names = values.subjects.split(',');
const ramps = [];
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const name of round % 2 === 0 ? names : names.toReversed())
    ramps.push(await ramp(name, [0, ...CALL_COUNTS]));

const results = names.map((name) => {
  const own = ramps.filter((each) => each.name === name);
  const rows = own.flatMap((each) => each.rows);
  const corePerCall = slope(rows, ({ core }) => core.server);
  return {
    name,
    version: own[0]?.version,
    problem: own.find(({ problem }) => problem !== undefined)?.problem,
    corePerCall,
    callsPerCore: corePerCall === undefined ? undefined : 1 / corePerCall,
    residentMbPerCall: slope(rows, (row) => row.residentMb),
    rows,
  };
});

let profile;
if (values.profile && names.includes('prism'))
  profile = foldProfile(
    (await ramp('prism', [CALL_COUNTS.at(-1)], { isProfiled: true })).profile,
    `${CALL_COUNTS.at(-1)} calls`,
  );

/** Ticks that were late for one cause, and by how much at most. */
const lateFor = ({ late } = {}, cause) =>
  late === undefined
    ? '-'
    : `${late.causes[cause].count} (${late.causes[cause].msMax.toFixed(0)} ms)`;
const shown = (value, digits) => (value === undefined ? '-' : value.toFixed(digits));
for (const { name, version, problem, rows, ...result } of results) {
  console.log(`\n${name} ${version ?? ''}${problem === undefined ? '' : `: ${problem}`}`);
  console.table(
    rows.map((row) => ({
      calls: row.callCount,
      'core %': shown(row.core.server * 100, 1),
      'RSS MB': shown(row.residentMb, 0),
      'ticks p99 ms': shown(row.ticks?.p99, 2),
      'p99.9': shown(row.ticks?.p999, 2),
      '> 2 ms: garbage': lateFor(row.ticks, 'gc'),
      'no core': lateFor(row.ticks, 'queue'),
      own: lateFor(row.ticks, 'own'),
      'late p50 ms': shown(row.lateMs.p50, 1),
      p99: shown(row.lateMs.p99, 1),
      'appended %': shown(row.appendedShare && row.appendedShare * 100, 1),
      'callers, upstream core %': `${shown(row.core.callers * 100, 0)}, ${shown(row.core.upstream * 100, 0)}`,
      'callers late p99 ms': shown(row.loopDelayMs.p99, 1),
      '': [row.isVoid ? 'void' : '', row.isAtItsEnd ? 'at its end' : ''].join(' ').trim(),
    })),
  );
  console.log(
    `${shown(result.corePerCall === undefined ? undefined : result.corePerCall * 100, 3)} % of a core per call, ${shown(result.callsPerCore, 0)} calls per core, ${shown(result.residentMbPerCall, 2)} MB per call`,
  );
}
printProfile(profile);
const machine = describeMachine();
console.log(`${machine.cores} × ${machine.cpu}, Node ${machine.node}`);
outcome.write({ seconds: SECONDS, results, profile });
process.exit(0);
