// Loaded into the server that bench/density measures (`--import`): how late its timers of a slot and less are, which are
// those of the media tick and a few others. Told over IPC.
import { createHistogram } from 'node:perf_hooks';

const SLOT_MS = 20;
const lateness = createHistogram();
const { setTimeout: arm } = globalThis;

globalThis.setTimeout = (fire, delayMs, ...args) => {
  if (!(delayMs <= SLOT_MS)) return arm(fire, delayMs, ...args);
  const dueMs = performance.now() + delayMs;
  return arm(
    (...given) => {
      lateness.record(Math.max(1, Math.round((performance.now() - dueMs) * 1_000)));
      fire(...given);
    },
    delayMs,
    ...args,
  );
};

process.on('message', () => {
  const ms = (share) => lateness.percentile(share) / 1_000;
  const { heapUsed } = process.memoryUsage();
  process.send({ count: lateness.count, p50: ms(50), p99: ms(99), p999: ms(99.9), heapUsed });
  lateness.reset();
});
process.channel?.unref();
