// The test runner is run on planted test files: what it counts, what it refuses, and its last line.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { plantTree } from './checks/planted-tree.mjs';
import { openRepository, ROOT_PATH } from './repository.mjs';
import { runCommand } from './run-command.mjs';

const RUNNER_URL = pathToFileURL(join(ROOT_PATH, 'scripts/run-tests.mjs')).href;
const HEAD = "const { test, describe, it, before } = require('node:test');\n";

/** A tree with one source and one compiled file for each test text, by its name in packages/a. */
function treeOf(tests) {
  return Object.fromEntries(
    Object.entries(tests).flatMap(([name, text]) => [
      [`packages/a/src/${name}.test.ts`, ''],
      [`packages/a/dist/${name}.test.js`, `${HEAD}${text}`],
    ]),
  );
}

/** Runs the runner on a planted tree in a process of its own: `{ output, lines, exitCode, rootPath }`. */
async function runPlanted(t, texts, args = []) {
  const program = `
    import { runTests } from ${JSON.stringify(RUNNER_URL)};
    const options = { rootPath: import.meta.dirname, fileTimeoutMs: 4000 };
    const tally = await runTests(process.argv.slice(2), options);
    console.log(tally.problem ?? tally.countLine);
    process.exitCode = tally.isGreen ? 0 : 1;`;
  const rootPath = plantTree(t, { ...texts, 'run.mjs': program });
  const { output, exitCode } = await runCommand(
    process.execPath,
    [join(rootPath, 'run.mjs'), ...args],
    // A runner inside a test would otherwise report to the outer one instead of running.
    { env: { NODE_TEST_CONTEXT: undefined } },
  );
  return { output, lines: output.split('\n'), exitCode, rootPath };
}

describe('the test runner', () => {
  test('counts tests, not suites, and ends with the plain line', async (t) => {
    const text =
      "describe('outer', () => { it('one', () => {}); describe('in', () => { it('two', () => {}); }); });";
    const { lines, exitCode } = await runPlanted(t, treeOf({ mix: text }));
    assert.equal(lines.at(-1), '2 passed, 0 failed');
    assert.equal(exitCode, 0);
    assert.deepEqual(lines.slice(1, 6), [
      'packages/a/src/mix.test.ts',
      '  outer',
      '    ✔ one',
      '    in',
      '      ✔ two',
    ]);
  });

  test('shows skips with their reasons and fails a skip without one', async (t) => {
    const text =
      "test('a', () => {}); test('b', { skip: 'needs rain' }, () => {}); test('c', { skip: true }, () => {});";
    const { output, lines, exitCode } = await runPlanted(t, treeOf({ mix: text }));
    assert.equal(lines.at(-1), '1 passed, 1 failed, 1 skipped');
    assert.equal(exitCode, 1);
    assert.match(output, /b \(packages\/a\/src\/mix\.test\.ts:\d+\): needs rain/);
    assert.match(output, /Skipped without a reason/);
  });

  test('counts a failure once, with its error and the output of its file', async (t) => {
    const text =
      "console.log('a clue'); describe('s', () => { it('x', () => { throw new Error('the cause'); }); });";
    const { output, lines, exitCode } = await runPlanted(t, treeOf({ red: text }));
    assert.equal(lines.at(-1), '0 passed, 1 failed');
    assert.equal(exitCode, 1);
    assert.match(output, /1\) s > x/);
    assert.match(output, /Error: the cause/);
    assert.match(output, /output of packages\/a\/src\/red\.test\.ts:\n {3}a clue/);
  });

  test('fails files that crash, hang, hold no test or exit badly', async (t) => {
    const { output, lines } = await runPlanted(
      t,
      treeOf({
        crash: "throw new Error('at import');",
        hang: "test('done', () => {}); setInterval(() => {}, 1000);",
        empty: '',
        exit: "test('fine', () => {}); process.exitCode = 3;",
      }),
    );
    assert.equal(lines.at(-1), '2 passed, 4 failed');
    assert.match(output, /at import/);
    assert.match(output, /timed out/);
    assert.match(output, /holds no test/);
  });

  test('fails without a single test', async (t) => {
    const { output, lines, exitCode } = await runPlanted(t, { 'packages/a/src/a.ts': '' });
    assert.equal(lines.at(-1), '0 passed, 0 failed');
    assert.equal(exitCode, 1);
    assert.match(output, /No test file matches/);
  });

  test('leaves out and removes compiled tests whose source is gone', async (t) => {
    const orphan = { 'packages/a/dist/gone.test.js': "throw new Error('ran');" };
    const tree = { ...orphan, ...treeOf({ kept: "test('a', () => {});" }) };
    const { lines, rootPath } = await runPlanted(t, tree);
    assert.equal(lines.at(-1), '1 passed, 0 failed');
    const kept = await runCommand('ls', ['packages/a/dist'], { cwd: rootPath });
    assert.equal(kept.output, 'kept.test.js');
    assert.equal(openRepository(rootPath).has('packages/a/src/kept.test.ts'), true);
  });

  test('runs the groups one after the other and takes groups and paths as filters', async (t) => {
    const tree = {
      ...treeOf({ one: "test('unit one', () => {});", two: "test('unit two', () => {});" }),
      'test/src/scenarios/talk.test.ts': '',
      'test/dist/scenarios/talk.test.js': `${HEAD}test('scenario', () => {});`,
      'test/src/browser/page.test.ts': '',
      'test/dist/browser/page.test.js': `${HEAD}test('browser', () => {});`,
    };
    const titlesOf = async (args) =>
      (await runPlanted(t, tree, args)).lines
        .filter((line) => line.includes('✔'))
        .map((line) => line.trim().slice(2));
    assert.deepEqual(await titlesOf([]), ['unit one', 'unit two', 'scenario', 'browser']);
    assert.deepEqual(await titlesOf(['--scenarios', '--browser']), ['scenario', 'browser']);
    assert.deepEqual(await titlesOf(['packages/a/src/two']), ['unit two']);
    assert.deepEqual(await titlesOf(['two']), ['unit two']);
    assert.deepEqual(await titlesOf(['test/']), ['scenario', 'browser']);
    assert.deepEqual(await titlesOf(['--unit', 'test/']), []);
    const { lines } = await runPlanted(t, tree, ['--fast']);
    assert.match(lines.at(-1), /--fast is no option/);
  });
});
