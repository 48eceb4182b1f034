// Takes CPU profiles of a server that runs as a process of its own.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { foldProfile } from './parts.mjs';

const POLL_MS = 50;
/** Then the process is taken to be unable to write its profile. */
const WRITE_MS_MAX = 20_000;

/** A profiler of one process: give the process `env`, then `take` as often as wanted; `close` at last. */
export function openProfiler() {
  const folder = mkdtempSync(join(tmpdir(), 'prism-profile-'));
  const path = join(folder, 'profile.json');
  return {
    env: {
      NODE_OPTIONS: `--import=${new URL('inside.mjs', import.meta.url)}`,
      PRISM_BENCH_PROFILE_FILE: path,
    },
    /** The folded profile of what goes on during `action`; undefined when none came. `signal` sends SIGUSR2. */
    async take(what, signal, action) {
      signal();
      await action();
      signal();
      for (let waitedMs = 0; !existsSync(path); waitedMs += POLL_MS) {
        if (waitedMs > WRITE_MS_MAX) return undefined;
        await pause(POLL_MS);
      }
      const profile = JSON.parse(readFileSync(path, 'utf8'));
      rmSync(path);
      return foldProfile(profile, what);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** The profile on the terminal. */
export function printProfile(profile) {
  if (profile === undefined) return;
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  console.log(
    `\nWhere the CPU goes: ${profile.what} (main thread, ${percent(profile.busyShare)} busy)`,
  );
  console.table(Object.fromEntries(profile.parts.map(({ part, share }) => [part, percent(share)])));
}
