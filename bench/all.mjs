// Every table of docs/performance.md: `npm run bench -- [--only latency,relay] [--skip bargein] [--quick] [--out DIR]
// [--install] [--force] [--list]`.
//
// Runs the tables one after the other, each a process of its own that prints its table and leaves `<table>.json` in DIR;
// what a table printed is beside it as `<table>.txt`. A table that fails or is void is told at the end, and the others go
// on; what was measured before stays in DIR. --quick takes fewer samples, about 25 minutes on two cores instead of an hour
// and a half. --install brings from Debian what peers need and is missing, as root. On a machine that does other work
// numbers say little: with a load above 0.5 per core it doesn't begin, unless it is told to by --force. --list prints the
// tables with what they take. Afterwards `npm run performance -- --merge DIR` writes the page from them.
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { ensureDebianPackages } from '../scripts/debian-packages.mjs';
import { readOptions } from './options.mjs';
import { missingPackages } from './peers/packages.mjs';
import { runTable } from './run-table.mjs';
import { TABLES } from './tables.mjs';

const ROOT_PATH = resolve(import.meta.dirname, '..');
const LOAD_PER_CORE_MAX = 0.5;
const EXIT = { failed: 1, misused: 2, busy: 4 };

const { values } = readOptions(import.meta.url, {
  options: {
    only: { type: 'string' },
    skip: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: '.prism/bench' },
    install: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const argsOf = ({ args, quickArgs }) => (values.quick ? quickArgs : args);
const budgetOf = ({ budgetS, quickBudgetS }) => (values.quick ? quickBudgetS : budgetS);
const minutes = (seconds) => `${(seconds / 60).toFixed(1)} min`;
const sumS = (tables) => tables.reduce((sum, each) => sum + budgetOf(each), 0);

/** The tables asked for, or what is wrong with the asking. */
function chooseTables() {
  const [only, skip] = [values.only, values.skip].map((names) => names?.split(',') ?? []);
  const known = TABLES.map(({ name }) => name);
  const unknown = [...only, ...skip].filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return { problem: `No table is called ${unknown.join(', ')}. There are: ${known.join(', ')}` };
  const isChosen = ({ name }) => (only.length === 0 || only.includes(name)) && !skip.includes(name);
  return { tables: TABLES.filter(isChosen) };
}

function printList(tables) {
  console.table(
    Object.fromEntries(
      tables.map((each) => [
        each.name,
        {
          targets: each.targets.join(', '),
          'budget s': budgetOf(each),
          command: ['node', each.script, ...argsOf(each)].join(' '),
          missing: missingPackages(each.needs)
            .map(({ name }) => name)
            .join(' '),
        },
      ]),
    ),
  );
  console.log(
    `${tables.length} tables, about ${minutes(sumS(tables))}${values.quick ? ', quick' : ''}`,
  );
}

async function prepare(tables) {
  const missing = missingPackages(tables.flatMap(({ needs }) => needs));
  if (missing.length === 0) return;
  if (values.install && (await ensureDebianPackages(missing))) return;
  const names = missing.map(({ name }) => name).join(' ');
  console.log(`Not there, so that their columns will lack: ${names} (--install brings them).`);
}

async function runAll(tables) {
  const folder = resolve(ROOT_PATH, values.out);
  mkdirSync(folder, { recursive: true });
  const outcomes = [];
  for (const [index, table] of tables.entries()) {
    const left = minutes(sumS(tables.slice(index)));
    console.log(`\n== ${table.name} (${index + 1} of ${tables.length}, about ${left} left)`);
    const plan = { folder, args: argsOf(table), budgetS: budgetOf(table), isQuick: values.quick };
    outcomes.push(await runTable(table, plan));
  }
  console.log('');
  console.table(
    Object.fromEntries(
      outcomes.map(({ name, seconds, trouble }) => [name, { seconds, trouble: trouble ?? '' }]),
    ),
  );
  console.log(`JSON in ${folder}. The page: npm run performance -- --merge ${values.out}`);
  return outcomes.some(({ trouble }) => trouble !== undefined) ? EXIT.failed : 0;
}

async function main() {
  const { tables, problem } = chooseTables();
  if (problem !== undefined) {
    console.error(problem);
    return EXIT.misused;
  }
  printList(tables);
  if (values.list) return 0;
  const [load] = loadavg();
  if (load > LOAD_PER_CORE_MAX * cpus().length && !values.force) {
    console.error(
      `The load is ${load.toFixed(1)}: other work runs here. --force measures all the same.`,
    );
    return EXIT.busy;
  }
  await prepare(tables);
  return runAll(tables);
}

process.exitCode = await main();
