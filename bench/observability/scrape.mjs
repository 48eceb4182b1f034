// How long a request of the metrics keeps the event loop: `node bench/observability/scrape.mjs [--sessions 200]`.
//
// Real session machines with real media counters, no sockets. Told are the CPU of a scrape, which is reading them all,
// adding up and writing the text, and the longest that the event loop was kept meanwhile. The peer in the same run is a
// server without calls.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { callIdsFromSuffix } from '../../packages/protocol/dist/index.js';
import { PrismMetrics } from '../../packages/server/dist/observability/metrics/prism-metrics.js';
import { systemClock } from '../../packages/server/dist/runtime/system-clock.js';
import { RunnerBench } from '../../packages/server/dist/testing/runner-bench.js';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = 100;

function metricsOf(sessionCount) {
  const metrics = new PrismMetrics({
    clock: systemClock,
    version: '0',
    agentNames: ['guide'],
    sessionCountMax: 1_000,
  });
  for (let index = 0; index < sessionCount; index += 1) {
    const call = new RunnerBench();
    call.connect();
    for (let packet = 1; packet < 50; packet += 1) call.hear(packet);
    metrics.sessions.observe({
      ids: callIdsFromSuffix(String(index)),
      transport: 'webrtc',
      agent: 'guide',
      describe: () => call.runner.describe(),
      timeline: () => undefined,
      responsesSince: () => [],
    });
  }
  return metrics;
}

/** CPU of this process so far, in ms: on a busy machine time tells how busy that is. */
function cpuMsNow() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The longest that the event loop did not come round, in CPU. */
function watchLoop() {
  let isOn = true;
  let longestMs = 0;
  let atMs = cpuMsNow();
  const look = () => {
    const nowMs = cpuMsNow();
    longestMs = Math.max(longestMs, nowMs - atMs);
    atMs = nowMs;
    if (isOn) setImmediate(look);
  };
  setImmediate(look);
  return {
    stop: () => {
      isOn = false;
      return Math.max(longestMs, cpuMsNow() - atMs);
    },
  };
}

const rows = [];
for (const sessionCount of [0, Number(values.sessions)]) {
  const metrics = metricsOf(sessionCount);
  const cpuMs = [];
  const keptMs = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const watch = watchLoop();
    const beforeMs = cpuMsNow();
    bytes = (await metrics.scrape()).length;
    cpuMs.push(cpuMsNow() - beforeMs);
    keptMs.push(watch.stop());
  }
  const half = (figures) => figures.sort((one, other) => one - other)[ROUNDS / 2];
  rows.push({ sessionCount, cpuMsP50: half(cpuMs), loopKeptMsP50: half(keptMs), bytes });
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
if (values.json) console.log(JSON.stringify({ machine, rows }, null, 2));
else console.table(rows);
