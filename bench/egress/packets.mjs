// What one packet costs on its way out, in a process of its own: CPU and bytes of JavaScript heap.
//
// The session runner, its machine, the encoder and everything behind it run as in the server; the clock is moved by
// hand and the peer does nothing. The young generation is so large that nothing is collected meanwhile.
import { createOpusCodec } from '../../packages/server/dist/media/opus-codec.js';
import { MediaTick } from '../../packages/server/dist/runtime/media-tick.js';
import { median } from '../samples.mjs';
import { openSession } from './session.mjs';

/** Sessions on one tick, so that the tick's own cost is shared as in a server. */
const SESSION_COUNT = 20;
const SLOT_COUNT = 1_000;
const WARM_UP_COUNT = 100;
/** The arms take turns. */
const ROUND_COUNT = 5;
const SLOT_MS = 20;
const SLOT_SAMPLES = 480;

class HandClock {
  #nowMs = 0;
  #timers = new Set();
  nowMs = () => this.#nowMs;
  wallMs = () => 1_790_000_000_000 + this.#nowMs;
  setTimer(atMs, fire) {
    const timer = { atMs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }
  step(durationMs) {
    this.#nowMs += durationMs;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

const silentCodec = {
  openDecoder: () => ({ close: () => undefined }),
  openEncoder: () => {
    const payload = new Uint8Array(80);
    return { encode: () => payload, protect: () => undefined, close: () => undefined };
  },
};

/** One long answer; sessions only read it. */
const pcm = Int16Array.from(
  { length: (WARM_UP_COUNT + SLOT_COUNT) * SLOT_SAMPLES },
  (_, index) => 8_000 * Math.sin(index / 9) * Math.sin(index / 4_000),
);

function measure(codec) {
  const clock = new HandClock();
  let sent = 0;
  const tick = new MediaTick(clock);
  const sendPacket = () => {
    sent += 1;
    return true;
  };
  const runners = Array.from({ length: SESSION_COUNT }, () => {
    const { runner, upstream } = openSession({ clock, tick, codec, sendPacket });
    upstream().audio({ responseId: 'r', itemId: 'i', contentIndex: 0 }, pcm);
    return runner;
  });
  for (let count = 0; count < WARM_UP_COUNT; count += 1) clock.step(SLOT_MS);
  globalThis.gc();
  globalThis.gc();
  const before = { sent, heapBytes: process.memoryUsage().heapUsed, cpu: process.cpuUsage() };
  for (let count = 0; count < SLOT_COUNT - 1; count += 1) clock.step(SLOT_MS);
  const cpu = process.cpuUsage(before.cpu);
  const heapBytes = process.memoryUsage().heapUsed - before.heapBytes;
  const packets = sent - before.sent;
  for (const runner of runners) runner.close('client_hangup');
  return { cpuUs: (cpu.user + cpu.system) / packets, heapBytes: heapBytes / packets };
}

const arms = {
  native: createOpusCodec({ encoder: 'native' }),
  wasm: createOpusCodec({ encoder: 'wasm' }),
  none: silentCodec,
};
const names = Object.keys(arms);
const rounds = { native: [], wasm: [], none: [] };
for (const codec of Object.values(arms)) measure(codec);
for (let round = 0; round < ROUND_COUNT; round += 1) {
  for (const name of round % 2 === 0 ? names : names.toReversed())
    rounds[name].push(measure(arms[name]));
}
process.send(
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        cpuUs: median(rounds[name].map(({ cpuUs }) => cpuUs)),
        // What else the heap does in a round only adds to it.
        heapBytes: Math.min(...rounds[name].map(({ heapBytes }) => heapBytes)),
      },
    ]),
  ),
);
process.disconnect();
