// Loaded into a process that is measured (`--import`): SIGUSR2 begins a CPU profile of its main thread, SIGUSR2 again
// writes it to the file that PRISM_BENCH_PROFILE_FILE names. Costs nothing in between.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { isMainThread } from 'node:worker_threads';

const session = new Session();
let isRunning = false;

async function toggle(path) {
  isRunning = !isRunning;
  if (isRunning) {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  // Whoever waits for the file finds all of it.
  writeFileSync(`${path}.part`, JSON.stringify(profile));
  renameSync(`${path}.part`, path);
}

const path = process.env.PRISM_BENCH_PROFILE_FILE;
if (isMainThread && path !== undefined) process.on('SIGUSR2', () => void toggle(path));
