// What a benchmark leaves behind besides what it prints: one JSON file, with the machine as it was.
//
//   table       the name of what was measured, as in tables.mjs
//   command     what gives it again
//   startedAt, durationS
//   commit      what was measured; `isChanged` when files of it differ
//   machine     CPU, cores, memory, kernel, Node, load average before and after
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

/** The option that every benchmark of a table has. */
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
  return {
    write(results) {
      if (path === undefined) return;
      const commit = git('rev-parse', 'HEAD');
      const isChanged = (git('status', '--porcelain', '--untracked-files=no') ?? '') !== '';
      const machine = { ...describeMachine(), loadBefore, loadAfter: loadavg() };
      const head = {
        table,
        command: commandOf(process.argv),
        startedAt: startedAt.toISOString(),
        durationS: Math.round((Date.now() - startedAt.getTime()) / 1_000),
        commit,
        isChanged,
        machine,
      };
      writeFileSync(path, `${JSON.stringify({ ...head, ...results })}\n`);
    },
  };
}
