// Loaded into the server that bench/density measures (`--import`): how late its media tick is, why, and where its CPU
// goes. Told over IPC.
import { Session } from 'node:inspector';
import { createHistogram } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { MediaTick } from '../../packages/server/dist/runtime/media-tick.js';
import { LateTicks } from './late-ticks.mjs';

const SLOT_MS = 20;
const lateness = createHistogram();
const lateTicks = isMainThread ? new LateTicks() : undefined;
const addTo = Function.prototype.call.bind(Reflect.get(MediaTick.prototype, 'add'));
const watched = new WeakSet();

/** With the first listener comes one in front of it, which stays and notes how late each slot began. */
MediaTick.prototype.add = function addWatched(listener) {
  if (!watched.has(this)) {
    watched.add(this);
    let lastSlot;
    addTo(this, (slot, nowMs) => {
      // Counted from the first slot that was missed.
      const dueSlot = (lastSlot ?? slot - 1) + 1;
      lastSlot = slot;
      const lateMs = (this.slotPositionAt(nowMs) - dueSlot) * SLOT_MS;
      lateness.record(Math.max(1, Math.round(lateMs * 1_000)));
      lateTicks?.tick(nowMs - lateMs, nowMs);
    });
  }
  addTo(this, listener);
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
