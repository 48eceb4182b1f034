// What Prism adds to a call on its way in and out (targets T1, T2): `node bench/latency/run.mjs [--seconds 5] [--load N] [--silences 68,478]
// [--no-peer] [--json FILE]`.
//
// A client, the network between (clean) and the upstream are this one process, so that one clock stamps both ends:
//
//   ingress  from the write of a packet's datagram toward the server to the arrival of the append with its sound at the
//            upstream. Prism appends each 20 ms packet by itself; an append's last packet counts
//   egress   from the write of an answer's first delta to the arrival of its first RTP packet. Answers begin at any
//            moment of the server's 20 ms slots
//   silences (T3) from an answer's request to its first sound, for answers that begin with silence: through Prism, and at a
//            client of the upstream's WebSocket that plays at once what comes, in turn
//   inside   the same as the first two from socket to socket inside the server's process, which is what T1 and T2 name: `inside.mjs`
//
// The server has had calls before, as one that runs has (`warm-up.mjs`); `first call` are the first two, inside, of the first call
// of a process. An answer is announced, as by models, before its first delta.
//
// Nothing is subtracted: in the first two are two trips through the kernel, this process' event loop and stack, JSON and
// base64. Beside them stands what of that is not the server: `floor` is the same trip through a process that only passes datagrams on
// as WebSocket messages, and back. Servers are measured in turn, ABBA. `--load N` lets N more calls talk and listen all
// the time through the server measured; the event loop delay of this process is printed; a run with a p99 above 5 ms is
// void, says so instead of its figures, and ends with 3.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { encodeTimeCode } from '@prism/engine';
import { eventually } from '../../test/dist/harness/eventually.js';
import { FakeUpstream } from '../../test/dist/harness/fake-upstream.js';
import { ImpairedCall } from '../../test/dist/harness/network/impaired-call.js';
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { startAiortcBridge } from '../peers/aiortc/start-bridge.mjs';
import { openProfiler, printProfile } from '../profile/profiler.mjs';
import { percentile } from '../samples.mjs';
import { measureFloor } from './floor.mjs';
import { measureSilences, printSilences } from './silences.mjs';
import { warmUp } from './warm-up.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    seconds: { type: 'string', default: '5' },
    load: { type: 'string', default: '0' },
    // Of answers, in ms, or `none`; the range is what published models had.
    silences: { type: 'string', default: '0,68,150,300,478' },
    // The name of the table in its JSON.
    table: { type: 'string', default: 'latency' },
    'no-peer': { type: 'boolean', default: false },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome(values.table, values.json);
const FRAME_COUNT = Number(values.seconds) * 50;
const LOAD_CALLS = Number(values.load);
const SILENCES_MS = values.silences === 'none' ? [] : values.silences.split(',').map(Number);
const FRAME_SAMPLES = 480;
const LOOP_DELAY_MS_MAX = 5;
const EXIT_VOID = 3;
const ANSWER_COUNT = 15;
const ANSWER_FRAMES = 15;
/** From an answer's announcement to its first delta; models take some hundreds. */
const ANNOUNCED_MS = 100;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const summary = (raw) => ({
  count: raw.length,
  p50: percentile(raw, 0.5),
  p99: percentile(raw, 0.99),
  p999: percentile(raw, 0.999),
});

/** Each append's arrival less the datagram of the last packet whose sound it has. */
async function measureIngress(call, forwardedAtMs) {
  const first = call.session.appended.length;
  await call.speak({ frameCount: FRAME_COUNT });
  await pause(500);
  const latenciesMs = [];
  let samples = 0;
  for (const [index, pcm] of call.session.appended.entries()) {
    if (index < first) continue;
    samples += pcm.length;
    const packet = Math.ceil(samples / FRAME_SAMPLES) - 1;
    if (forwardedAtMs[packet] !== undefined)
      latenciesMs.push(call.session.appendedAtMs[index] - forwardedAtMs[packet]);
  }
  return latenciesMs;
}

/** One answer after the other, each with a pause of its own before it. */
async function measureEgress(call, isSpeech) {
  const latenciesMs = [];
  const sound = encodeTimeCode(0, ANSWER_FRAMES);
  for (let answer = 0; answer < ANSWER_COUNT; answer += 1) {
    await pause(400 + ((answer * 7) % 20));
    call.session.announce(`resp_${answer}`);
    await pause(ANNOUNCED_MS);
    const heard = call.ear.packets.length;
    const startMs = performance.now();
    call.session.speak(sound, `resp_${answer}`, `item_${answer}`);
    const index = await eventually('an answer', () => {
      const at = call.ear.packets.findIndex((packet, place) => place >= heard && isSpeech(packet));
      return at < 0 ? undefined : at + 1;
    });
    latenciesMs.push(call.ear.arrivedAtMs[index - 1] - startMs);
    await pause(ANSWER_FRAMES * 20);
  }
  return latenciesMs;
}

async function connect(server, upstream, offers) {
  const forwardedAtMs = [];
  const tap = (way, bytes, atMs) => {
    if (way === 'up' && kindOf(bytes) === 'rtp') forwardedAtMs[bytes.readUInt16BE(2) - 1] = atMs;
  };
  const call = await ImpairedCall.connect(server, upstream, { ...offers, tap });
  return { call, forwardedAtMs };
}

async function measure({ server, offers, isSpeech }) {
  const load = LOAD_CALLS === 0 ? undefined : await startLoad(server, LOAD_CALLS);
  const { call, forwardedAtMs } = await connect(server, upstream, offers);
  const egress = await measureEgress(call, isSpeech);
  const ingress = await measureIngress(call, forwardedAtMs);
  await call.end();
  await load?.stop();
  return { ingress, egress };
}

/** Calls that talk all the time, in a process of their own. */
async function startLoad(server, count) {
  const child = fork(new URL('load.mjs', import.meta.url), [server.url, String(count)]);
  await new Promise((resolve) => child.once('message', resolve));
  return {
    stop: async () => {
      child.kill();
      await pause(1_000);
    },
  };
}

const profiler = openProfiler();
const folder = mkdtempSync(join(tmpdir(), 'prism-latency-'));
const stampsPath = join(folder, 'stamps.json');
const upstream = await FakeUpstream.start();
const { prism, url } = await PrismProcess.serve({
  PRISM_UPSTREAM: 'realtime',
  OPENAI_BASE_URL: upstream.baseUrl,
  OPENAI_API_KEY: 'sk-bench',
  // As in bench/loss: the codes of both sides are alike, and what sounds like an echo waits for its verdict.
  PRISM_ECHO: 'report',
  PRISM_LOG_FORMAT: 'json',
  ...profiler.env,
  NODE_OPTIONS: `${profiler.env.NODE_OPTIONS} --import=${new URL('inside.mjs', import.meta.url)}`,
  LATENCY_STAMPS_FILE: stampsPath,
});
// aiortc sends silence all the time; its packets with sound are larger.
const subjects = [{ name: 'Prism', server: { url }, offers: {}, isSpeech: () => true }];
const bridge = values['no-peer']
  ? { problem: undefined }
  : await startAiortcBridge(upstream.baseUrl);
if (bridge.url !== undefined) {
  const isSpeech = (packet) => packet.payload.length > 20;
  const name = `aiortc ${bridge.version}`;
  subjects.push({ name, server: bridge, offers: { candidate: true }, isSpeech });
} else if (bridge.problem !== undefined) console.error(bridge.problem);

const loopDelay = monitorEventLoopDelay({ resolution: 1 });
const [{ server: prismServer }] = subjects;
const raw = Object.fromEntries(subjects.map(({ name }) => [name, { ingress: [], egress: [] }]));
const firstFromMs = Date.now();
const first = LOAD_CALLS === 0 ? await measure(subjects[0]) : undefined;
const firstToMs = Date.now();
await warmUp(upstream, (count) => startLoad(prismServer, count));
const countedFromMs = Date.now();
loopDelay.enable();
for (const subject of [...subjects, ...subjects.toReversed()]) {
  const { ingress, egress } = await measure(subject);
  raw[subject.name].ingress.push(...ingress);
  raw[subject.name].egress.push(...egress);
}
loopDelay.disable();
const countedToMs = Date.now();
const floor = await measureFloor(FRAME_COUNT);
const silences =
  SILENCES_MS.length === 0
    ? []
    : await measureSilences({ server: prismServer, upstream, silencesMs: SILENCES_MS });
const load = LOAD_CALLS === 0 ? undefined : await startLoad(prismServer, LOAD_CALLS);
const profile = await profiler.take(
  `${1 + LOAD_CALLS} talking ${LOAD_CALLS === 0 ? 'call' : 'calls'}`,
  () => prism.signal('SIGUSR2'),
  async () => {
    const { call } = await connect(prismServer, upstream, {});
    await call.speak({ frameCount: FRAME_COUNT });
    await call.end();
  },
);
await load?.stop();
profiler.close();
await prism.stop();
bridge.stop?.();
const stamps = JSON.parse(readFileSync(stampsPath, 'utf8'));
const stamped = (fromMs, toMs) => {
  const within = (way) =>
    stamps[way].filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ ms }) => ms);
  return { ingress: within('ingress'), egress: within('egress') };
};
const inside = stamped(countedFromMs, countedToMs);
const insideFirst = first && stamped(firstFromMs, firstToMs);
rmSync(folder, { recursive: true });

const rows = {};
for (const [name, { ingress, egress }] of Object.entries(raw)) {
  rows[`${name}, ingress`] = summary(ingress);
  rows[`${name}, egress`] = summary(egress);
}
rows['Prism, ingress, inside'] = summary(inside.ingress);
rows['Prism, egress, inside'] = summary(inside.egress);
if (insideFirst !== undefined) {
  rows['first call, ingress, inside'] = summary(insideFirst.ingress);
  rows['first call, egress, inside'] = summary(insideFirst.egress);
}
rows['floor, in and out'] = summary(floor);
const loopDelayMs = { p50: loopDelay.percentile(50) / 1e6, p99: loopDelay.percentile(99) / 1e6 };
const isVoid = loopDelayMs.p99 > LOOP_DELAY_MS_MAX;
const inMs = ({ count, ...times }) => ({
  ...Object.fromEntries(Object.entries(times).map(([key, ms]) => [`${key} ms`, ms.toFixed(2)])),
  count,
});
if (isVoid) console.log('Void: this process itself was late. Measure again on a quiet machine.');
else {
  console.table(Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, inMs(row)])));
  printSilences(silences);
}
console.log(
  `event loop delay of this process p50 ${loopDelayMs.p50.toFixed(2)}, p99 ${loopDelayMs.p99.toFixed(2)} ms`,
);
printProfile(profile);
outcome.write({
  loadCalls: LOAD_CALLS,
  isVoid,
  voidBecause: `the measuring process was late itself, p99 ${loopDelayMs.p99.toFixed(1)} ms`,
  loopDelayMs,
  rows,
  silences,
  versions: { aiortc: bridge.version },
  profile,
  raw: { ...raw, inside, insideFirst, floor },
});
process.exit(isVoid ? EXIT_VOID : 0);
