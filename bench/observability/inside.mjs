// What observability costs inside, without sockets: `node bench/observability/inside.mjs [--sessions 40] [--rounds 8] [--warm 20]
// [--parts timeline,metrics,traces,logs] [--json]`.
//
// Sessions with real machines, Opus both ways, and everything that watches them (timeline, metrics with a request every
// 15 s, spans on their way to a collector that takes them, logs as JSON into nothing), as fast as this process can, with
// and without in ABBA order. What is left out, sockets and SRTP, nobody watches: the share of a whole server is smaller.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { SessionBench, serverEvent, speech, voice } from '@prism/core/testing';
import { callIdsFromSuffix } from '../../packages/protocol/dist/index.js';
import { createOpusCodec } from '../../packages/server/dist/internal.js';
import { createLogger } from '../../packages/server/dist/observability/logger.js';
import { PrismMetrics } from '../../packages/server/dist/observability/metrics/prism-metrics.js';
import { createSessionLog } from '../../packages/server/dist/observability/session-log.js';
import { openTraces } from '../../packages/server/dist/observability/traces/open-traces.js';
import { allObservers } from '../../packages/server/dist/runtime/ports/session-observer.js';
import { recordedTraces } from '../../packages/server/dist/runtime/session-trace.js';
import { systemClock } from '../../packages/server/dist/runtime/system-clock.js';

const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
/** A turn: the user speaks for so long, then the answer of 2 s is played. */
const TURN_MS = 5_000;
const SPEECH_MS = 1_600;
const TURNS = 3;
const SCRAPE_MS = 15_000;

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '8' },
    /** Pairs of rounds before those that count. */
    warm: { type: 'string', default: '20' },
    parts: { type: 'string', default: 'timeline,metrics,traces,logs' },
    json: { type: 'boolean', default: false },
  },
});
const sessionCount = Number(values.sessions);
const parts = values.parts.split(',');
const slotCount = (TURNS * TURN_MS) / SLOT_MS;

/** A process of its own: what it takes to read spans is nobody's cost here. */
const COLLECTOR = `
const server = require('node:http').createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200).end('{}'));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const collector = spawn(process.execPath, ['-e', COLLECTOR], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const collectorPort = Number(String((await once(collector.stdout, 'data'))[0]));

const words = voice({ durationMs: SPEECH_MS, levelDbfs: -20, seed: 1, pitchHz: 170 });
const codec = createOpusCodec();
const packets = packetsOf(words);
const silentPacket = packetsOf(new Int16Array(SLOT_SAMPLES))[0];
const stats = {
  rttMs: 30,
  inbound: { packets: 1, packetsLost: 0, jitterMs: 1, concealedSamples: 0 },
  outbound: { packets: 1, fractionLost: 0, jitterMs: 1 },
};

function packetsOf(pcm) {
  const encoder = codec.openEncoder();
  const all = [];
  for (let at = 0; at + SLOT_SAMPLES <= pcm.length; at += SLOT_SAMPLES)
    all.push(encoder.encode(pcm.slice(at, at + SLOT_SAMPLES)).slice());
  encoder.close?.();
  return all;
}

/** What watches a process's sessions. */
function openWatch() {
  const metrics = new PrismMetrics({
    clock: systemClock,
    version: '0',
    agentNames: [],
    sessionCountMax: 1_000,
  });
  const traces = openTraces({
    clock: systemClock,
    endpoint: `http://127.0.0.1:${collectorPort}`,
    headers: {},
    serviceName: 'prism',
    version: '0',
    upstream: {
      provider: 'openai',
      defaultModel: 'gpt-realtime',
      serverAddress: undefined,
      serverPort: undefined,
    },
    failed: () => {},
  });
  let id = 1;
  const hex = (digits) => (id++).toString(16).padStart(digits, '0');
  const source = recordedTraces({
    newTraceId: () => hex(32),
    newSpanId: () => hex(16),
    sampleRatio: 1,
  });
  const logger = createLogger({ level: 'info', format: 'json', destination: { write: () => {} } });
  const factories = {
    logs: createSessionLog(logger),
    metrics: metrics.sessions,
    traces: traces.sessions,
  };
  const observers = allObservers(
    parts.flatMap((part) => (part === 'timeline' ? [] : [factories[part]])),
  );
  const used = (record) => {
    if (parts.includes('metrics')) metrics.used(record);
    if (parts.includes('traces')) traces.sessions.used(record);
  };
  return { metrics, traces, source, observers, used };
}

function openSession(index, watch) {
  const bench = SessionBench.live({
    recordsTimeline: watch !== undefined && parts.includes('timeline'),
  });
  bench.client({ type: 'prism.transcript.subscribe' });
  const ids = callIdsFromSuffix(String(index));
  const observer = watch?.observers.observe({
    ids,
    transport: 'webrtc',
    agent: undefined,
    user: undefined,
    model: undefined,
    trace: watch.source.begin(undefined),
    describe: () => bench.session.describe(),
    timeline: () => bench.session.timeline,
    responsesSince: (atMs) => bench.session.responsesSince(atMs),
  });
  const owner = { sessionId: ids.callId, keyId: undefined, user: undefined, agent: undefined };
  const decoder = codec.openDecoder();
  const encoder = codec.openEncoder();
  return { bench, session: bench.session, decoder, encoder, observer, owner, watch, turn: 0 };
}

function drain({ session, encoder, observer, owner, watch }) {
  for (let effect = session.poll(); effect !== undefined; effect = session.poll()) {
    if (effect.type === 'media.frame') encoder.encode(effect.pcm);
    else if (effect.type === 'report') observer?.fact(effect.fact);
    else if (effect.type === 'spending' && effect.report.type === 'used')
      watch?.used({ ...owner, atMs: 0, entry: effect.report.entry });
  }
}

function slotOf(each, slot) {
  const { bench, session, decoder } = each;
  const take = (input) => {
    session.handle(input, bench.nowMs);
    drain(each);
  };
  bench.nowMs = (slot + 1) * SLOT_MS;
  const inTurnMs = (slot * SLOT_MS) % TURN_MS;
  const packet = packets[inTurnMs / SLOT_MS] ?? silentPacket;
  take({ type: 'media.audio', pcm: decoder.decode(packet) });
  if (session.wantsNetworkSample) take({ type: 'network.sample', stats });
  const deadline = session.deadline();
  if (deadline !== undefined && deadline.atMs <= bench.nowMs) take({ type: 'deadline' });
  if (inTurnMs === SPEECH_MS + 400) answer(each, take);
  if (session.wantsSlots) take({ type: 'media.slot', stamp: bench.stampNow() });
}

function answer(each, take) {
  each.turn += 1;
  const id = `resp_${each.turn}`;
  take(serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 1 }));
  take(serverEvent({ type: 'response.created', response: { id, status: 'in_progress' } }));
  const source = { responseId: id, itemId: `item_${each.turn}`, contentIndex: 0 };
  take({ type: 'upstream.audio', source, pcm: speech(100, 5_000) });
  take(serverEvent({ type: 'response.done', response: { id, status: 'completed' } }));
}

const cpuUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** CPU per session and second, in µs. */
async function round(isWatched) {
  const watch = isWatched ? openWatch() : undefined;
  const sessions = Array.from({ length: sessionCount }, (_, index) => openSession(index, watch));
  const beforeUs = cpuUs();
  for (let slot = 0; slot < slotCount; slot += 1) {
    for (const each of sessions) slotOf(each, slot);
    if (parts.includes('metrics') && (slot * SLOT_MS) % SCRAPE_MS === 0)
      await watch?.metrics.scrape();
  }
  await watch?.traces.close();
  const us = (cpuUs() - beforeUs) / (sessionCount * TURNS * (TURN_MS / 1_000));
  for (const { decoder, encoder } of sessions) {
    decoder.close();
    encoder.close();
  }
  return us;
}

// Until V8 has compiled what runs a few times a second: before that its compiler is most of what is told.
for (let index = 0; index < Number(values.warm); index += 1) {
  await round(true);
  await round(false);
}
const on = [];
const off = [];
for (let index = 0; index < Number(values.rounds); index += 1) {
  const isOnFirst = index % 4 === 0 || index % 4 === 3;
  if (isOnFirst) on.push(await round(true));
  off.push(await round(false));
  if (!isOnFirst) on.push(await round(true));
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const costUs = median(on.map((us, index) => us - off[index]));
const result = {
  sessions: sessionCount,
  onUs: median(on),
  offUs: median(off),
  costUs,
  ratio: 1 + costUs / median(off),
  raw: { on, off },
};
if (values.json) {
  const machine = { cpu: cpus()[0]?.model, load: loadavg()[0], node: process.version };
  console.log(JSON.stringify({ machine, ...result }, undefined, 1));
} else {
  console.log(`${sessionCount} sessions, ${on.length} pairs; CPU per session and second:`);
  console.log(`  with everything that watches  ${result.onUs.toFixed(0)} µs`);
  console.log(`  without                       ${result.offUs.toFixed(0)} µs`);
  console.log(
    `  difference, median of pairs   ${costUs.toFixed(0)} µs, ratio ${result.ratio.toFixed(3)}`,
  );
  console.log(`Load ${loadavg()[0]}.`);
}
collector.kill();
