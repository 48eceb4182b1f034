// Runs the compiled tests: `node scripts/run-tests.mjs [--unit|--scenarios|--browser] [path…]`.
//
// Every file runs in its own process under a time limit. The last line is always `N passed, N failed`, with
// `, N skipped` when something was; a run without a single test fails.
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROOT_PATH } from './repository.mjs';
import {
  findTestFiles,
  GROUPS,
  readSelection,
  removeOrphans,
  selectTestFiles,
} from './testing/test-files.mjs';
import { TestTally } from './testing/test-tally.mjs';

/** A file that is not done by then is ended and counts as failed. */
const FILE_TIMEOUT_MS = { unit: 120_000, scenarios: 180_000, browser: 240_000 };

async function runGroup({ group, files, rootPath, fileTimeoutMs }, tally) {
  const stream = run({
    files: files.map((file) => join(rootPath, file.path)),
    concurrency: group.isSerial ? 1 : availableParallelism(),
    timeout: fileTimeoutMs ?? FILE_TIMEOUT_MS[group.name],
  });
  for await (const event of stream) {
    for (const line of tally.take(event)) console.log(line);
  }
}

/**
 * Runs the tests of the tree at `rootPath` that `args` select, and prints everything but the last line. Resolves to
 * the tally, or to `{ problem }` for an option that is none.
 */
export async function runTests(args, { rootPath = ROOT_PATH, fileTimeoutMs } = {}) {
  const selection = readSelection(args);
  if (selection.problem) return { problem: selection.problem };
  const found = findTestFiles(rootPath);
  const orphans = found.filter((file) => file.isOrphan);
  removeOrphans(rootPath, orphans);
  const files = selectTestFiles(
    found.filter((file) => !file.isOrphan),
    selection,
  );
  const sourceOf = new Map(files.map((file) => [file.path, file.sourcePath]));
  const tally = new TestTally((path) => {
    const compiledPath = relative(rootPath, path);
    return sourceOf.get(compiledPath) ?? compiledPath;
  });
  // The runner starts a process for each file; this is how they learn to speak of sources.
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim();
  for (const group of GROUPS) {
    const ofGroup = files.filter((file) => file.group === group.name);
    if (ofGroup.length === 0) continue;
    await runGroup({ group, files: ofGroup, rootPath, fileTimeoutMs }, tally);
  }
  if (files.length === 0)
    console.log(`No test file matches: ${args.join(' ') || 'there is none'}.`);
  for (const line of tally.closingLines) console.log(line);
  console.log('');
  return tally;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tally = await runTests(process.argv.slice(2));
  if (tally.problem) console.error(tally.problem);
  else console.log(tally.countLine);
  process.exitCode = tally.isGreen ? 0 : 1;
}
