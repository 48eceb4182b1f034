// How long an answer's first packet takes: `node bench/egress/run.mjs [--turns 100] [--json]`.
//
// From the first byte of an answer's first audio delta, as it is read from the upstream's socket, to the first RTP
// packet given to the peer; the goal is p50 1 ms and p99 5 ms. Two sessions take turns in one run (ABBA): one as it
// is, one that waits for the next 20 ms slot. Then CPU and heap of one packet, in a process of its own. Run
// `npm run build` before.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { cpus } from 'node:os';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { createOpusCodec } from '../../packages/server/dist/media/opus-codec.js';
import { MediaTick } from '../../packages/server/dist/runtime/media-tick.js';
import { systemClock } from '../../packages/server/dist/runtime/system-clock.js';
import { createRealtimeDialer } from '../../packages/server/dist/upstream/realtime-dialer.js';
import { readOptions } from '../options.mjs';
import { percentile } from '../samples.mjs';
import { openSession } from './session.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    turns: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const TURN_COUNT = Number(values.turns);
/** 100 ms of answer, its 200 ms of silent tail, and time to rest. */
const TURN_MS = 420;
const SEED = 20_261_126;

/** When the socket gave the last audio delta. */
let deltaReadAtMs = 0;
Socket.prototype.push = function stamped(chunk, ...rest) {
  const nowMs = performance.now();
  if (chunk !== null && chunk.includes('"response.output_audio.delta"')) deltaReadAtMs = nowMs;
  return Duplex.prototype.push.call(this, chunk, ...rest);
};

let state = SEED;
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const sleep = (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs));

const upstream = new Worker(new URL('upstream.mjs', import.meta.url));
const [{ port }] = await once(upstream, 'message');
const tick = new MediaTick(systemClock);
const waitingTick = {
  add: (listener) => tick.add(listener),
  remove: (listener) => tick.remove(listener),
  counters: () => tick.counters(),
  // No slot is ever on, so that all frames wait for the tick.
  slotPositionAt: () => -1,
};
const dialer = createRealtimeDialer({
  url: `ws://127.0.0.1:${port}/`,
  headers: {},
  handshakeTimeoutMs: 5_000,
});
const codec = createOpusCodec();

async function openArm(name, session, itsTick) {
  const arm = { name, session, samples: [], firstPacketMs: undefined };
  const opened = openSession({
    clock: systemClock,
    tick: itsTick,
    codec,
    dialer,
    sendPacket: (bytes) => {
      // RTP, the first since the turn began.
      if ((bytes[1] & 0x7f) === 111) arm.firstPacketMs ??= performance.now() - deltaReadAtMs;
      return true;
    },
  });
  await sleep(200);
  return { ...opened, arm };
}

async function turn(arm, number) {
  await sleep(random() * 20);
  arm.firstPacketMs = undefined;
  upstream.postMessage({ session: arm.session, turn: number });
  await sleep(TURN_MS);
  if (arm.firstPacketMs === undefined) throw new Error(`No packet of turn ${number}.`);
  arm.samples.push(arm.firstPacketMs);
}

const opened = [
  await openArm('as it is', 0, tick),
  await openArm('waits for the slot', 1, waitingTick),
];
const [now, waits] = opened.map(({ arm }) => arm);
for (let number = 0; number < TURN_COUNT; number += 1) {
  // ABBA; the first two turns of each warm up.
  for (const arm of number % 2 === 0 ? [now, waits] : [waits, now]) await turn(arm, number);
}
for (const arm of [now, waits]) arm.samples.splice(0, 2);
for (const { runner } of opened) runner.close('client_hangup');
await upstream.terminate();

const child = fork(new URL('packets.mjs', import.meta.url), {
  execArgv: ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
});
const [packets] = await once(child, 'message');

const arms = [now, waits].map(({ name, samples }) => ({
  name,
  p50Ms: percentile(samples, 0.5),
  p99Ms: percentile(samples, 0.99),
  maxMs: Math.max(...samples),
  samples,
}));
if (values.json) {
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, arms, packets }));
} else {
  console.log(
    `first delta read to first packet, ${now.samples.length} turns each (${cpus()[0]?.model})`,
  );
  for (const { name, p50Ms, p99Ms, maxMs } of arms) {
    const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((value) => value.toFixed(2).padStart(6));
    console.log(`  ${name.padEnd(20)} p50 ${p50} ms  p99 ${p99} ms  max ${max} ms`);
  }
  console.log('one packet sent, all of it');
  for (const [name, cost] of [
    ['native encoder', packets.native],
    ['WASM encoder', packets.wasm],
    ['no encoder', packets.none],
  ]) {
    const heap = cost.heapBytes.toFixed(0).padStart(6);
    console.log(`  ${name.padEnd(20)} ${cost.cpuUs.toFixed(1).padStart(6)} µs CPU ${heap} B heap`);
  }
}
