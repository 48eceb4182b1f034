// What of a voice survives a lossy network: `node bench/loss/run.mjs [--frames 500] [--rtt 20] [--no-peer]
// [--offers NACK,…] [--json FILE]`.
//
// Time-coded sound from the client through a seeded network to Prism and on to an upstream, and an answer back, in
// real time. One client for each network, all at once; once for each way of repair that a client may offer, then
// through a bridge on aiortc. Clients send reports, so that the server knows the round trip. What is lost is the same in
// every run, requests for retransmission among it. Columns, all of the way to the upstream unless said:
//
//   lost          packets that the network lost, first copies
//   bound         coded frames that came themselves, or as a copy in one of the packets behind that carry one: 1 - p
//                 without copies, 1 - p^2 with one (RED 1, FEC), 1 - p^3 with two at random loss; asking again has none
//   complete      coded frames heard upstream, of those said
//   in place      of these, within 10 ms of their place on the timeline
//   repaired      by NACK, RED and FEC, and given up (-), as the server counts
//   added p50/p95 of each frame's time from its packet's leaving the network (if its first copy was lost: from when that
//                 would have left) to the upstream's socket, what exceeds the median of the clean network of the same
//                 server and the same offer
//   lag p95/max   the same of frames behind 200 ms in which no packet was lost: what is left of earlier waits
//   answer got    packets of the answer that the client received at last, itself or a copy, of those sent
//   answer heard  coded frames of the answer that it decodes from these; from in-band FEC's speech mode, which a client
//                 without RED is sent when it reports loss, the code's chords are read badly, lost or not
//   rtt           what the server says of the round trip
//
// The times include this process' own sockets and event loop, which stand on both sides of the server; `loop` below each
// table says how late that was. A bridge that leaves out what was lost has no timeline: its frames count as heard
// wherever they are.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { decodeTimeCode } from '@prism/engine';
import { eventually } from '../../test/dist/harness/eventually.js';
import { FakeUpstream } from '../../test/dist/harness/fake-upstream.js';
import { hear, joinPcm } from '../../test/dist/harness/network/coded-ear.js';
import { SILENT_FRAMES } from '../../test/dist/harness/network/coded-microphone.js';
import { codedSound } from '../../test/dist/harness/network/coded-sound.js';
import { ImpairedCall } from '../../test/dist/harness/network/impaired-call.js';
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { startAiortcBridge } from '../peers/aiortc/start-bridge.mjs';
import { percentile } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    frames: { type: 'string', default: '500' },
    rtt: { type: 'string', default: '20' },
    offers: { type: 'string', default: 'nothing,FEC,NACK,RED 1,RED 2,RED 1 + NACK' },
    'no-peer': { type: 'boolean', default: false },
    ...JSON_OPTION,
  },
});
const record = beginOutcome('loss', values.json);
const FRAME_COUNT = Number(values.frames);
const ONE_WAY_MS = Number(values.rtt) / 2;
const FRAME_SAMPLES = 480;
/** 200 ms. */
const CALM_PACKETS = 10;
const FIRST_SEQUENCE_NUMBER = 1;

const NETWORKS = {
  clean: { seed: 1 },
  'loss 5 %': { seed: 5, lossRatio: 0.05 },
  'loss 10 %': { seed: 10, lossRatio: 0.1 },
  'loss 15 %': { seed: 15, lossRatio: 0.15 },
  'loss 30 %': { seed: 30, lossRatio: 0.3 },
  '5 % in bursts of 3': { seed: 3, burst: { enterRatio: 0.0175, leaveRatio: 1 / 3 } },
  'jitter 200 ms, a queue': { seed: 2, jitterMs: 200, keepsOrder: true },
  'jitter 200 ms, any order': { seed: 2, jitterMs: 200 },
  // Overtaken by the packet after it, which is 20 ms; reports have nothing after them for seconds.
  'reorder 20 %': { seed: 4, reorderRatio: 0.2, reorderCount: 1, kinds: ['rtp'] },
};

const OFFERS = {
  nothing: { offers: {}, plan: {}, copyCount: 0 },
  FEC: { offers: {}, plan: { hasFec: true }, copyCount: 1 },
  NACK: { offers: { nack: true }, plan: { answersNacks: true } },
  'RED 1': { offers: { red: true }, plan: { redundantCount: 1 }, copyCount: 1 },
  'RED 2': { offers: { red: true }, plan: { redundantCount: 2 }, copyCount: 2 },
  'RED 1 + NACK': {
    offers: { red: true, nack: true },
    plan: { redundantCount: 1, answersNacks: true },
  },
};

/** Of each coded frame that was heard, how long it took to the upstream's socket. */
function delaysOf({ session, proxy }, sentAtMs, forwardedAtMs) {
  const firstLost = new Set(proxy.ledger('up').streams()[0].firstLostOffsets);
  const endsSamples = [];
  let samples = 0;
  for (const pcm of session.appended) endsSamples.push((samples += pcm.length));
  const delays = new Map();
  for (const { code, atMs } of decodeTimeCode(joinPcm(session.appended))) {
    const packet = code + SILENT_FRAMES;
    if (code >= FRAME_COUNT || delays.has(code) || sentAtMs[packet] === undefined) continue;
    // Its middle, which is in the append of its packet however exact the decoder is.
    const middleSample = Math.round(atMs * 24) + FRAME_SAMPLES / 2;
    const append = endsSamples.findIndex((end) => end >= middleSample);
    if (append < 0) continue;
    const awayAtMs = firstLost.has(packet) ? undefined : forwardedAtMs[packet];
    delays.set(code, session.appendedAtMs[append] - (awayAtMs ?? sentAtMs[packet] + ONE_WAY_MS));
  }
  return delays;
}

/** Coded frames that came themselves, or as a copy in one of the `copyCount` packets behind. */
function reachableRatio(firstLostOffsets, copyCount) {
  if (copyCount === undefined) return undefined;
  const lost = new Set(firstLostOffsets);
  const isGone = (frame) =>
    Array.from({ length: copyCount + 1 }, (_, copy) => frame + SILENT_FRAMES + copy).every(
      (packet) => lost.has(packet),
    );
  const frames = Array.from({ length: FRAME_COUNT }, (_, frame) => frame);
  return 1 - frames.filter(isGone).length / FRAME_COUNT;
}

/** Delays of the frames whose packet and the ten before it all came at first. */
function calmDelaysMs(delays, firstLostOffsets) {
  const lost = new Set(firstLostOffsets);
  const isCalm = (frame) =>
    Array.from({ length: CALM_PACKETS + 1 }, (_, back) => frame + SILENT_FRAMES - back).every(
      (packet) => !lost.has(packet),
    );
  return [...delays].filter(([frame]) => isCalm(frame)).map(([, delayMs]) => delayMs);
}

async function converse({ call, forwardedAtMs }, plan, { frameCount, strayMsMax }) {
  const [microphone] = await Promise.all([
    call.speak({ frameCount, ...plan }),
    call.answer(frameCount).catch(() => undefined),
  ]);
  const wanted = (frameCount + SILENT_FRAMES) * FRAME_SAMPLES;
  // What a server leaves out never comes; the count says so.
  await eventually('all', () => call.session.appendedSamples >= wanted, 3_000).catch(() => 0);
  const [up] = call.proxy.ledger('up').streams();
  const downCount = call.proxy.ledger('down').streams()[0]?.packetCount ?? Number.NaN;
  const counted = await call.end();
  // Only when everybody is done: listening takes longer than a packet lasts.
  return () => {
    const down = hear(call.ear.sound(), frameCount);
    return {
      sent: up.packetCount,
      resent: microphone.resentCount,
      lostOffsets: up.firstLostOffsets,
      residual: up.lostOffsets.length,
      heard: hear(joinPcm(call.session.appended), frameCount, strayMsMax),
      delays: delaysOf(call, microphone.sentAtMs, forwardedAtMs),
      answerHeard: down.frames.length,
      answerGotRatio: call.ear.receivedCount / downCount,
      counted,
    };
  };
}

async function runAll(server, { offers, plan, copyCount }, options = {}) {
  const calls = [];
  for (const [network, impairment] of Object.entries(NETWORKS)) {
    const forwardedAtMs = [];
    const tap = (way, bytes, atMs) => {
      if (way === 'up' && kindOf(bytes) === 'rtp')
        forwardedAtMs[bytes.readUInt16BE(2) - FIRST_SEQUENCE_NUMBER] ??= atMs;
    };
    const call = await ImpairedCall.connect(server, upstream, {
      ...offers,
      ...options.offers,
      reports: true,
      tap,
    });
    const kinds = ['rtp', 'rtcp'];
    call.impair({ kinds, ...impairment, delayMs: ONE_WAY_MS });
    calls.push({ network, call, forwardedAtMs });
  }
  const { frameCount = FRAME_COUNT, strayMsMax } = options;
  codedSound(frameCount);
  loopDelay.reset();
  const heard = await Promise.all(
    calls.map((call) => converse(call, plan, { frameCount, strayMsMax })),
  );
  const [p99Ms, maxMs] = [loopDelay.percentile(99), loopDelay.max].map((ns) => ns / 1e6);
  lateness = { p99Ms, maxMs };
  const outcomes = heard.map((listen) => listen());
  const baseMs = percentile(outcomes[0].delays.values(), 0.5);
  return outcomes.map((outcome, index) => {
    const addedMs = [...outcome.delays.values()].map((delayMs) => delayMs - baseMs);
    const ordered = [...outcome.delays].sort(([a], [b]) => a - b).map(([, delayMs]) => delayMs);
    const calmMs = calmDelaysMs(outcome.delays, outcome.lostOffsets);
    return {
      network: calls[index].network,
      negotiated: calls[index].call.negotiated,
      sentCount: outcome.sent,
      lostCount: outcome.lostOffsets.length,
      boundRatio: reachableRatio(outcome.lostOffsets, copyCount),
      resentCount: outcome.resent,
      residualCount: outcome.residual,
      completeRatio: outcome.heard.frames.length / FRAME_COUNT,
      inPlaceRatio: outcome.heard.inPlaceCount / FRAME_COUNT,
      baseMs,
      addedMsP50: percentile(addedMs, 0.5),
      addedMsP95: percentile(addedMs, 0.95),
      lagMsP95: percentile(calmMs, 0.95) - baseMs,
      lagMsMax: percentile(calmMs, 1) - baseMs,
      calmCount: calmMs.length,
      answerGotRatio: outcome.answerGotRatio,
      answerRatio: outcome.answerHeard / FRAME_COUNT,
      counted: outcome.counted,
      delaysMs: ordered,
    };
  });
}

/** Where lost sound came from, by the server's own count: NACK, RED, FEC; what it gave up. */
function repairsOf(counted) {
  if (counted === undefined) return '-';
  const { packetsRecoveredByNack, packetsRecoveredByRed, packetsRecoveredByFec, packetsGivenUp } =
    counted.inbound;
  return `N ${packetsRecoveredByNack} R ${packetsRecoveredByRed} F ${packetsRecoveredByFec} - ${packetsGivenUp}`;
}

function print(server, offer, rows) {
  console.log(
    `\n${server}, client offers ${offer}: from packet to upstream ${rows[0].baseMs.toFixed(1)} ms when clean`,
  );
  const percent = (ratio) => `${(100 * ratio).toFixed(1)} %`;
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.network,
        {
          lost: percent(row.lostCount / row.sentCount),
          bound: row.boundRatio === undefined ? '-' : percent(row.boundRatio),
          complete: percent(row.completeRatio),
          'in place': percent(row.inPlaceRatio),
          repaired: repairsOf(row.counted),
          'added p50': Number(row.addedMsP50.toFixed(1)),
          'added p95': Number(row.addedMsP95.toFixed(1)),
          'lag p95': Number(row.lagMsP95.toFixed(1)),
          'lag max': Number(row.lagMsMax.toFixed(1)),
          'answer got': percent(row.answerGotRatio),
          'answer heard': percent(row.answerRatio),
          rtt: Math.round(row.counted?.rttMs ?? Number.NaN),
        },
      ]),
    ),
  );
  const { p99Ms, maxMs } = lateness;
  console.log(`loop: p99 ${p99Ms.toFixed(1)}, max ${maxMs.toFixed(1)} ms`);
}

const loopDelay = monitorEventLoopDelay({ resolution: 1 });
loopDelay.enable();
/** Of this process, in the last conversations. */
let lateness = { p99Ms: 0, maxMs: 0 };
const upstream = await FakeUpstream.start();
const { prism, url } = await PrismProcess.serve({
  PRISM_UPSTREAM: 'realtime',
  OPENAI_BASE_URL: upstream.baseUrl,
  OPENAI_API_KEY: 'sk-bench',
  // The codes that both sides send are alike, as an echo is: what comes in would wait for up to 1.2 s of the first answer
  // until it is known whether it is one (ECH11), which is not the network's doing.
  PRISM_ECHO: 'report',
  PRISM_LOG_FORMAT: 'json',
});
const server = {
  url,
  get log() {
    return prism.log;
  },
};
const results = [];
await runAll(server, OFFERS.nothing, { frameCount: 100 });
for (const offer of values.offers.split(',').filter(Boolean)) {
  const rows = await runAll(server, OFFERS[offer]);
  results.push({ server: 'Prism', offer, rows });
  print('Prism', offer, rows);
}
await prism.stop();
if (!values['no-peer']) {
  const bridge = await startAiortcBridge(upstream.baseUrl);
  if (bridge.problem === undefined) {
    const offers = { candidate: true };
    await runAll(bridge, OFFERS.nothing, { offers, frameCount: 100 });
    const options = { offers, strayMsMax: Number.POSITIVE_INFINITY };
    const rows = await runAll(bridge, OFFERS.nothing, options);
    results.push({ server: `aiortc ${bridge.version}`, offer: 'nothing', rows });
    print(`aiortc ${bridge.version}`, 'nothing', rows);
    bridge.stop();
  } else console.error(bridge.problem);
}
record.write({ frameCount: FRAME_COUNT, rttMs: 2 * ONE_WAY_MS, networks: NETWORKS, results });
process.exit(0);
