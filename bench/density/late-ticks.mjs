// Why ticks were late: garbage collection, the kernel, which gave the core to others, or a turn of the process's own.
import { openSync, readSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

/** Ticks later than this are asked about. */
export const LATE_MS_MIN = 2;
/** Late ticks and pauses of one question; more are counted and not asked about. */
const KEPT_COUNT_MAX = 10_000;
const NS_PER_MS = 1e6;

/** Readings kept: several timers may be due at once, and each wants the one from before it was due. */
const READING_COUNT_MAX = 200;

/** What the kernel says of the main thread (proc(5), schedstat): how long it was runnable and didn't run. */
class RunQueue {
  #file = openSync('/proc/self/schedstat', 'r');
  #text = Buffer.alloc(128);
  #readings = [{ atMs: 0, waitedMs: this.#read() }];

  #read() {
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.latin1Slice(0, length).split(' ')[1]) / NS_PER_MS;
  }

  /** From the last reading before `dueMs` to now; each call is one. */
  waitedMs(dueMs, nowMs) {
    const waitedMs = this.#read();
    const before = this.#readings.findLast(({ atMs }) => atMs <= dueMs) ?? this.#readings[0];
    this.#readings.push({ atMs: nowMs, waitedMs });
    if (this.#readings.length > READING_COUNT_MAX) this.#readings.shift();
    return waitedMs - before.waitedMs;
  }
}

/** Notes ticks and pauses as they come; `take` tells what made ticks late since it was asked before. */
export class LateTicks {
  #queue = new RunQueue();
  #late = [];
  #pauses = [];
  #tickCount = 0;
  #observer = new PerformanceObserver((list) => this.#collected(list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** A tick was due then, and came now. */
  tick(dueMs, nowMs) {
    this.#tickCount += 1;
    // Read at each, so that there is a reading from shortly before each.
    const queuedMs = this.#queue.waitedMs(dueMs, nowMs);
    if (nowMs - dueMs <= LATE_MS_MIN || this.#late.length >= KEPT_COUNT_MAX) return;
    this.#late.push({ dueMs, nowMs, queuedMs });
  }

  /** A tick counts for what took most of its lateness; the wait in the queue may have been before it was due. */
  take() {
    this.#collected(this.#observer.takeRecords());
    const causes = Object.fromEntries(
      ['gc', 'queue', 'own'].map((cause) => [cause, { count: 0, ms: 0, msMax: 0 }]),
    );
    for (const { dueMs, nowMs, queuedMs } of this.#late) {
      const lateMs = nowMs - dueMs;
      const gcMs = Math.min(lateMs, this.#pausedMs(dueMs, nowMs));
      const queueMs = Math.min(lateMs - gcMs, queuedMs);
      const parts = { gc: gcMs, queue: queueMs, own: lateMs - gcMs - queueMs };
      const [cause] = Object.entries(parts).reduce((most, part) =>
        part[1] > most[1] ? part : most,
      );
      causes[cause].count += 1;
      causes[cause].msMax = Math.max(causes[cause].msMax, lateMs);
      for (const [name, ms] of Object.entries(parts)) causes[name].ms += ms;
    }
    const told = {
      lateMsMin: LATE_MS_MIN,
      tickCount: this.#tickCount,
      lateCount: this.#late.length,
    };
    this.#late = [];
    this.#pauses = [];
    this.#tickCount = 0;
    return { ...told, causes };
  }

  #collected(entries) {
    for (const { startTime, duration } of entries)
      if (this.#pauses.length < KEPT_COUNT_MAX)
        this.#pauses.push({ startMs: startTime, endMs: startTime + duration });
  }

  #pausedMs(fromMs, toMs) {
    return this.#pauses.reduce(
      (sum, { startMs, endMs }) =>
        sum + Math.max(0, Math.min(endMs, toMs) - Math.max(startMs, fromMs)),
      0,
    );
  }
}
