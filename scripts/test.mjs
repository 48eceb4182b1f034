// `npm test`: everything. Installs what is missing from Debian, runs the static checks, builds, and runs units,
// scenarios and browser tests. `npm test -- packages/core` or `npm test -- --browser` runs that part alone, without
// the static checks.
//
// A red check or build does not keep the tests from running; all of it decides the exit code, and the last line is
// the count of tests, plain.
import { build } from './build.mjs';
import { runChecks } from './check.mjs';
import { DEBIAN_PACKAGES, ensureDebianPackages } from './debian-packages.mjs';
import { isInstalled } from './run-command.mjs';
import { runTests } from './run-tests.mjs';
import { readSelection } from './testing/test-files.mjs';

function section(title) {
  console.log(`\n== ${title}`);
}

async function main(args) {
  const selection = readSelection(args);
  const problem = selection.problem ?? (isInstalled() ? undefined : 'Run "npm ci" first.');
  if (problem) {
    console.error(problem);
    return 2;
  }
  const troubles = [];
  const needed = DEBIAN_PACKAGES.filter((item) => selection.groups.includes(item.group));
  if (!(await ensureDebianPackages(needed))) troubles.push('setup');
  if (args.length === 0) {
    section('static checks');
    const red = await runChecks();
    if (red.length > 0) troubles.push(`static checks (${red.join(', ')})`);
  }
  section('build');
  if (!(await build())) troubles.push('build');
  section('tests');
  const tally = await runTests(args);
  if (troubles.length > 0) console.log(`Not green either: ${troubles.join(', ')}. See above.`);
  console.log(tally.countLine);
  return tally.isGreen && troubles.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
