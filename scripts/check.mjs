// The static checks: `npm run check`, or `npm run check -- spec purity` for some of them.
//
// One line for each check that is green, its findings in full when it is red. Tools run beside each other, as many
// as there are processors; what needs compiled declarations waits for the compiler.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { checkDependencies } from './checks/dependencies.mjs';
import { checkDocs } from './checks/docs.mjs';
import { checkHouse } from './checks/house.mjs';
import { checkPerformance } from './checks/performance.mjs';
import { checkPurity } from './checks/purity.mjs';
import { checkSizes } from './checks/sizes.mjs';
import { checkSpec } from './checks/spec.mjs';
import { openRepository } from './repository.mjs';
import { formatDuration, isInstalled, runCommand } from './run-command.mjs';

const COLUMN = 14;

/**
 * A check that is a tool: green when it exits with 0. `after` names the check whose output it reads; with `hasSummary`
 * the last line that it prints says how things stand.
 */
const TOOLS = [
  { name: 'types', command: 'tsc', args: ['-b', '--pretty', 'false'] },
  {
    name: 'format',
    command: 'biome',
    args: ['ci', '--colors=off', '--reporter=summary', '--max-diagnostics=none'],
  },
  {
    name: 'lint',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives', '-f', 'unix'],
    after: 'types',
  },
  {
    name: 'boundaries',
    command: 'depcruise',
    args: [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'packages',
      'apps',
      'test',
    ],
    after: 'types',
  },
  {
    name: 'dead-code',
    command: 'knip',
    args: ['--no-progress', '--no-config-hints'],
    after: 'types',
  },
  {
    name: 'packages',
    command: 'node',
    args: ['scripts/check-packages.mjs'],
    after: 'types',
    hasSummary: true,
  },
];

/** A check that is a function of the repository's files. */
const READERS = [
  { name: 'spec', check: checkSpec },
  { name: 'purity', check: checkPurity },
  { name: 'sizes', check: checkSizes },
  { name: 'docs', check: checkDocs },
  { name: 'performance', check: checkPerformance },
  { name: 'dependencies', check: checkDependencies },
  { name: 'house', check: checkHouse },
];

/** The names that `npm run check -- <name>` takes. */
export const CHECK_NAMES = [...TOOLS, ...READERS].map((check) => check.name);

async function runTool(tool) {
  const { exitCode, output, durationMs } = await runCommand(tool.command, tool.args, {
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  const isGreen = exitCode === 0;
  const said = (output || `exit code ${exitCode}`).split('\n');
  const lines = isGreen ? [] : said;
  const summary = tool.hasSummary && isGreen ? said.at(-1) : '';
  return { name: tool.name, isGreen, lines, notes: [], summary, durationMs };
}

function runReader(reader, repository) {
  const startMs = performance.now();
  const { findings, notes, summary } = reader.check(repository);
  const durationMs = performance.now() - startMs;
  return {
    name: reader.name,
    isGreen: findings.length === 0,
    lines: findings,
    notes,
    summary,
    durationMs,
  };
}

function print(result) {
  const { name, isGreen, lines, notes, summary, durationMs } = result;
  const facts = [
    formatDuration(durationMs),
    isGreen ? summary : `${lines.length} ${lines.length === 1 ? 'line' : 'lines'} of findings`,
  ].filter(Boolean);
  console.log(`${isGreen ? 'ok ' : 'RED'} ${name.padEnd(COLUMN)} ${facts.join(', ')}`);
  for (const line of lines) console.log(`      ${line}`);
  for (const note of notes) console.log(`      note: ${note}`);
}

/** Runs the tools, at most `slotCount` at once, each after the one it names (green or red). */
async function runTools(tools, slotCount) {
  const results = [];
  const waiting = [...tools];
  const running = new Set();
  const isReady = (tool) =>
    tool.after === undefined ||
    !tools.some((other) => other.name === tool.after) ||
    results.some((result) => result.name === tool.after);
  while (waiting.length > 0 || running.size > 0) {
    for (const tool of waiting.filter(isReady).slice(0, slotCount - running.size)) {
      waiting.splice(waiting.indexOf(tool), 1);
      const run = runTool(tool).then((result) => {
        running.delete(run);
        results.push(result);
        print(result);
      });
      running.add(run);
    }
    await Promise.race(running);
  }
  return results;
}

/**
 * Runs the named checks, all by default. Resolves to the names of those that are red.
 */
export async function runChecks(names = CHECK_NAMES) {
  const startMs = performance.now();
  const tools = TOOLS.filter((tool) => names.includes(tool.name));
  const repository = openRepository();
  const results = READERS.filter((reader) => names.includes(reader.name)).map((reader) => {
    const result = runReader(reader, repository);
    print(result);
    return result;
  });
  results.push(...(await runTools(tools, Math.max(2, availableParallelism()))));
  const red = results.filter((result) => !result.isGreen).map((result) => result.name);
  const verdict = red.length === 0 ? `${results.length} checks green` : `red: ${red.join(', ')}`;
  console.log(`${verdict}, ${formatDuration(performance.now() - startMs)}`);
  return red;
}

async function main(names) {
  const unknown = names.filter((name) => !CHECK_NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`No check is called ${unknown.join(', ')}. There are: ${CHECK_NAMES.join(', ')}`);
    return 2;
  }
  if (!isInstalled()) {
    console.error('Nothing is installed yet: run "npm ci" first.');
    return 2;
  }
  const red = await runChecks(names.length > 0 ? names : CHECK_NAMES);
  return red.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
