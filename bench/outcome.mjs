// What a benchmark leaves behind besides what it prints: one JSON file, with the machine as it was.
//
//   table       the name of what was measured, as in tables.mjs
//   command     what gives it again
//   startedAt, durationS, ownCore: the share of a core that the measuring process took itself
//   commit      what was measured; `isChanged` when files of it differ
//   machine     CPU, cores, memory, kernel, Node; load averages before and after, and how busy all cores were then, for a
//               second in which this process and its own did nothing: what else runs
//   and the benchmark's own: rows, raw samples, versions of peers, `isVoid` when it says nothing
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { relative, resolve } from 'node:path';

const ROOT_PATH = resolve(import.meta.dirname, '..');

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: ROOT_PATH, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** The machine, without what changes from moment to moment. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

const LOOK_MS = 1_000;

/** Which share of the time of all cores something ran, looked at for a second, in which this process waits. */
function busyShare() {
  const spent = () => {
    const times = cpus().map((cpu) => cpu.times);
    const sum = (of) => times.reduce((total, each) => total + of(each), 0);
    const idle = sum((each) => each.idle);
    return { idle, all: idle + sum(({ user, nice, sys, irq }) => user + nice + sys + irq) };
  };
  const before = spent();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  const after = spent();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

/**
 * The option that every benchmark of a table has.
 *
 * @type {{ json: { type: 'string' } }}
 */
export const JSON_OPTION = { json: { type: 'string' } };

/** As a shell takes it. */
function quoted(arg) {
  return /^[\w./,:=+-]+$/.test(arg) ? arg : `'${arg}'`;
}

/** The command line, without where its JSON goes. */
function commandOf(argv) {
  const script = relative(ROOT_PATH, argv[1]);
  const place = argv.indexOf('--json');
  const args = argv.slice(2).filter((_, index) => index + 2 !== place && index + 2 !== place + 1);
  const shown = args.filter((arg) => !arg.startsWith('--json='));
  return ['node', script, ...shown.map(quoted)].join(' ');
}

/**
 * Begins a table: notes time and load. `write(results)` completes it, in the file that `--json FILE` names, or nowhere
 * without one.
 *
 * @param {string} table
 * @param {string | undefined} path
 */
export function beginOutcome(table, path) {
  const startedAt = new Date();
  const loadBefore = loadavg();
  const busyBefore = busyShare();
  const startMs = performance.now();
  return {
    write(results) {
      if (path === undefined) return;
      const elapsedMs = performance.now() - startMs;
      const { user, system } = process.cpuUsage();
      const commit = git('rev-parse', 'HEAD');
      const isChanged = (git('status', '--porcelain', '--untracked-files=no') ?? '') !== '';
      const state = { busyBefore, busyAfter: busyShare(), loadBefore, loadAfter: loadavg() };
      const machine = { ...describeMachine(), ...state };
      const head = {
        table,
        command: commandOf(process.argv),
        startedAt: startedAt.toISOString(),
        durationS: Math.round(elapsedMs / 1_000),
        ownCore: (user + system) / 1_000 / elapsedMs,
        commit,
        isChanged,
        machine,
      };
      writeFileSync(path, `${JSON.stringify({ ...head, ...results })}\n`);
    },
  };
}
