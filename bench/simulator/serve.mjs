// The simulator in a process of its own. Answers each message with its CPU time and the lateness of its event loop.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createSimulator } from '../../packages/engine/dist/index.js';

const [answerMs, deltaMs] = process.argv.slice(2).map(Number);
const simulator = await createSimulator({
  script: {
    seed: 1,
    timing: {
      first_audio_ms: { type: 'lognormal', p50_ms: 300, p95_ms: 700 },
      audio_ms: answerMs,
      delta_ms: deltaMs,
      pace_ratio: 1,
    },
  },
});
const lateness = monitorEventLoopDelay({ resolution: 5 });
lateness.enable();

process.on('message', (message) => {
  if (message === 'close') {
    void simulator.close().then(() => process.disconnect());
    return;
  }
  const { user, system } = process.cpuUsage();
  const { sessionCount, brokenSessionCount } = simulator.describe();
  process.send({
    cpuUs: user + system,
    atMs: performance.now(),
    latenessP50Ms: lateness.percentile(50) / 1e6,
    latenessP99Ms: lateness.percentile(99) / 1e6,
    rssBytes: process.memoryUsage.rss(),
    sessionCount,
    brokenSessionCount,
  });
  lateness.reset();
});
process.send({ port: simulator.port });
