// What the usage ledger costs: the main thread for each entry, the thread of the database for each write, and the event
// loop while 200 sessions write. `node bench/ledger/run.mjs [folder]`; the folder is where the database is made.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { emptyEntry } from '../../packages/core/dist/index.js';
import { systemClock } from '../../packages/server/dist/runtime/system-clock.js';
import { UsageWriter } from '../../packages/server/dist/runtime/usage-writer.js';
import { openDatabase } from '../../packages/server/dist/storage/open-database.js';
import { StorageThread } from '../../packages/server/dist/storage/storage-thread.js';
import { UsageDatabase } from '../../packages/server/dist/storage/usage-database.js';
import { readOptions } from '../options.mjs';

const { positionals } = readOptions(import.meta.url, { allowPositionals: true });
const [folder = tmpdir()] = positionals;

const SESSION_COUNT = 200;
const SECONDS = 10;
const START_MS = Date.UTC(2026, 10, 26);

function quantiles(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}

function recordOf(session, atMs = START_MS) {
  const entry = {
    ...emptyEntry('media', 'gpt-realtime-2.1'),
    inputAudioMs: 1_000,
    sessionMs: 1_000,
  };
  return {
    sessionId: `s${session}`,
    keyId: 'key',
    user: `u${session % 50}`,
    agent: 'a',
    atMs,
    entry,
  };
}

async function timed(action) {
  const startMs = performance.now();
  await action();
  return performance.now() - startMs;
}

/** The same writes on this thread: what the thread of the database saves. */
async function onThisThread(path) {
  const store = new UsageDatabase(await openDatabase(path, systemClock));
  const tookMs = [];
  for (let count = 0; count < 1_000; count += 1)
    tookMs.push(
      await timed(() =>
        store.add([0, 1, 2].map((each) => recordOf((count * 3 + each) % SESSION_COUNT))),
      ),
    );
  await store.close();
  return quantiles(tookMs);
}

/** As the server does it: 200 sessions that tell of each second's audio, written together once a second. */
async function onItsThread(path) {
  const store = await StorageThread.open(path);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const askMs = [];
  const writtenMs = [];
  const add = async (records) => {
    const startMs = performance.now();
    const written = store.add(records);
    askMs.push(performance.now() - startMs);
    await written;
    writtenMs.push(performance.now() - startMs);
  };
  const failed = (error) => console.error(error);
  const writer = new UsageWriter({ clock: systemClock, store: { add }, failed });
  loop.enable();
  const endMs = performance.now() + SECONDS * 1_000;
  for (let count = 0; performance.now() < endMs; count += 1) {
    for (const each of [0, 1]) writer.add(recordOf((count * 2 + each) % SESSION_COUNT));
    await delay(10);
  }
  loop.disable();
  await writer.flush();
  await store.close();
  const ms = (ns) => ns / 1e6;
  return {
    mainThread: quantiles(askMs),
    written: quantiles(writtenMs),
    loopDelay: { p50: ms(loop.percentile(50)), p99: ms(loop.percentile(99)), max: ms(loop.max) },
  };
}

/** How long a question takes when a year is in it, and what it weighs. */
async function ofAYear(path) {
  const store = new UsageDatabase(await openDatabase(path, systemClock));
  const days = 365;
  const perDay = 300;
  for (let day = 0; day < days; day += 1)
    await store.add(
      Array.from({ length: perDay }, (_, each) =>
        recordOf(`${day}-${each}`, START_MS - day * 86_400_000 + (each % 24) * 3_600_000),
      ),
    );
  const query = { fromMs: 0, toMs: START_MS + 86_400_000 * 2, groupBy: ['user'], countMax: 10_000 };
  const byUserMs = await timed(() => store.totals(query));
  const atStartMs = await timed(() => store.spentSince(START_MS - 30 * 86_400_000, 'user'));
  await store.close();
  return { rows: days * perDay, fileBytes: statSync(path).size, byUserMs, atStartMs };
}

const folderPath = mkdtempSync(join(folder, 'prism-ledger-bench-'));
try {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`;
  const thisThread = await onThisThread(join(folderPath, 'here.sqlite'));
  const itsThread = await onItsThread(join(folderPath, 'there.sqlite'));
  const year = await ofAYear(join(folderPath, 'year.sqlite'));
  const row = (name, { p50, p99, max }) =>
    `${name.padEnd(34)} ${[p50, p99, max].map((value) => value.toFixed(3).padStart(9)).join(' ')}`;
  console.log(machine);
  console.log(
    `${'ms'.padEnd(34)} ${['p50', 'p99', 'max'].map((name) => name.padStart(9)).join(' ')}`,
  );
  console.log(row('write of 3 on the main thread', thisThread));
  console.log(row('handing 200 to the thread', itsThread.mainThread));
  console.log(row('until they are written', itsThread.written));
  console.log(row('delay of the event loop', itsThread.loopDelay));
  console.log(
    `${year.rows} rows, ${(year.fileBytes / 1e6).toFixed(1)} MB: a year by user ${year.byUserMs.toFixed(0)} ms, 30 days at start ${year.atStartMs.toFixed(0)} ms`,
  );
  console.log(JSON.stringify({ machine, thisThread, itsThread, year }));
} finally {
  rmSync(folderPath, { recursive: true });
}
