// Loaded into the server that bench/density measures (`--import`): how late its timers of a slot and less are, which are
// those of the media tick and a few others, why, and where its CPU goes. Told over IPC.
import { Session } from 'node:inspector';
import { createHistogram } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { LateTicks } from './late-ticks.mjs';

const SLOT_MS = 20;
const lateness = createHistogram();
const lateTicks = isMainThread ? new LateTicks() : undefined;
const { setTimeout: arm } = globalThis;

globalThis.setTimeout = (fire, delayMs, ...args) => {
  if (!(delayMs <= SLOT_MS)) return arm(fire, delayMs, ...args);
  const dueMs = performance.now() + delayMs;
  return arm(
    (...given) => {
      const nowMs = performance.now();
      lateness.record(Math.max(1, Math.round((nowMs - dueMs) * 1_000)));
      lateTicks?.tick(dueMs, nowMs);
      fire(...given);
    },
    delayMs,
    ...args,
  );
};

/** CPU samples between two messages, in a file. */
const session = new Session();
const ask = (method) =>
  new Promise((resolve, reject) => {
    session.post(method, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });

async function take(message) {
  if (message === 'profile') {
    session.connect();
    await ask('Profiler.enable');
    await ask('Profiler.start');
    process.send({});
  } else if (message === 'profiled') {
    process.send((await ask('Profiler.stop')).profile);
  } else {
    const ms = (share) => lateness.percentile(share) / 1_000;
    const { heapUsed } = process.memoryUsage();
    const { count } = lateness;
    const late = lateTicks.take();
    process.send({ count, p50: ms(50), p99: ms(99), p999: ms(99.9), heapUsed, late });
    lateness.reset();
  }
}

process.on('message', (message) => void take(message));
process.channel?.unref();
