// How long until one can talk: `node bench/connect/run.mjs [--calls 100] [--upstream-ms 400] [--json FILE]`.
//
// The upstream takes that long to accept its WebSocket. Each call is timed alone, on loopback: the SDP answer of
// POST /v1/realtime/calls, and the moment when media is connected and session.created has arrived (ready to talk).
// Beside it, in the same run and in turn: the same call where the upstream accepts at once, which is WebRTC's own
// set-up. Ready to talk should take at most 1.1 x max(WebRTC, upstream).
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { RtcClient } from '../../test/dist/harness/rtc-client.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { openProfiler, printProfile } from '../profile/profiler.mjs';
import { summaryOf } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    calls: { type: 'string', default: '100' },
    'upstream-ms': { type: 'string', default: '400' },
    ...JSON_OPTION,
  },
});
const CALL_COUNT = Number(values.calls);
const UPSTREAM_MS = Number(values['upstream-ms']);
const POLL_MS = 1;
const PROFILED_CALL_COUNT = 20;

/** A Realtime server that takes its time to accept. */
async function startUpstream(delayMs) {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    setTimeout(() => {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        const session = { id: 'sess_bench', type: 'realtime', model: 'bench' };
        socket.send(JSON.stringify({ type: 'session.created', event_id: 'event_1', session }));
      });
    }, delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}/v1` };
}

async function timeCall(url) {
  const client = RtcClient.create();
  const offer = await client.offer();
  const startMs = performance.now();
  await client.call(url, {}, { offer });
  const answeredMs = performance.now() - startMs;
  while (!client.isConnected || client.eventOf('session.created') === undefined) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const readyMs = performance.now() - startMs;
  client.close();
  return { answeredMs, readyMs };
}

const outcome = beginOutcome('connect', values.json);
const profiler = openProfiler();
const slow = await startUpstream(UPSTREAM_MS);
const fast = await startUpstream(0);
const served = await Promise.all(
  [slow, fast].map(({ url }) =>
    PrismProcess.serve({
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: url,
      OPENAI_API_KEY: 'sk',
      ...profiler.env,
    }),
  ),
);
const calls = { slow: [], fast: [] };
for (let count = 0; count < CALL_COUNT; count += 1) {
  calls.slow.push(await timeCall(served[0].url));
  calls.fast.push(await timeCall(served[1].url));
}
const [, { prism: quick, url: quickUrl }] = served;
const profile = await profiler.take(
  'calls set up one after the other',
  () => quick.signal('SIGUSR2'),
  async () => {
    for (let count = 0; count < PROFILED_CALL_COUNT; count += 1) await timeCall(quickUrl);
  },
);
for (const { prism } of served) await prism.stop();
profiler.close();

const answerMs = summaryOf(calls.slow.map(({ answeredMs }) => answeredMs));
const readyMs = summaryOf(calls.slow.map(({ readyMs: ms }) => ms));
const webRtcMs = summaryOf(calls.fast.map(({ readyMs: ms }) => ms));
const ratio = readyMs.p50 / Math.max(webRtcMs.p50, UPSTREAM_MS);
const row = ({ p50, p95, max }) => ({
  'p50 ms': p50.toFixed(1),
  'p95 ms': p95.toFixed(1),
  'max ms': max.toFixed(1),
});
console.table({
  'SDP answer': row(answerMs),
  'ready to talk': row(readyMs),
  'WebRTC alone': row(webRtcMs),
});
console.log(`ready / max(WebRTC, upstream) = ${ratio.toFixed(2)} (goal 1.10 at most)`);
printProfile(profile);
outcome.write({ upstreamMs: UPSTREAM_MS, answerMs, readyMs, webRtcMs, ratio, profile, raw: calls });
process.exit(0);
