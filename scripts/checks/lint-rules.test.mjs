// The linter's rules of time, chance and honesty are shown files that break them, each in a folder where it holds
// and in one where it doesn't.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT_PATH } from '../repository.mjs';
import { runCommand } from '../run-command.mjs';
import { plantTree } from './planted-tree.mjs';

/** Rule, text, a path where it is refused, a path where it is not (undefined: refused everywhere). */
const CASES = [
  [
    'no-restricted-globals',
    'export const now = () => performance.now();',
    'packages/server/src/http/a.ts',
    'packages/server/src/runtime/a.ts',
  ],
  [
    'no-restricted-globals',
    'export const wait = () => setTimeout(() => undefined, 1);',
    'packages/engine/src/brain/b.ts',
    'packages/engine/src/door/b.ts',
  ],
  [
    'no-restricted-globals',
    'export const later = () => Promise.resolve();',
    'packages/core/src/session/c.ts',
    'packages/server/src/http/c.ts',
  ],
  [
    'no-restricted-properties',
    'export const now = () => Date.now();',
    'packages/server/src/upstream/d.ts',
    'packages/server/src/runtime/d.ts',
  ],
  [
    'no-restricted-properties',
    'export const pick = () => Math.random();',
    'packages/core/src/audio/e.ts',
    'packages/client/src/e.ts',
  ],
  [
    'no-restricted-imports',
    "import { setTimeout as sleep } from 'node:timers/promises';\nexport { sleep };",
    'packages/server/src/http/f.test.ts',
    'test/src/harness/f.ts',
  ],
  [
    'no-restricted-globals',
    'export const sleep = () => setTimeout(() => undefined, 1);',
    'packages/core/src/audio/g.test.ts',
    'test/src/harness/g.ts',
  ],
  [
    'no-console',
    "console.log('here');\nexport {};",
    'packages/server/src/http/h.ts',
    'packages/server/src/main/h.ts',
  ],
  [
    'no-default-export',
    'export default 1;',
    'packages/core/src/i.ts',
    'apps/console/vite.config.ts',
  ],
  ['no-explicit-any', 'export const a: any = 1;', 'packages/client/src/j.ts', undefined],
  [
    'max-params',
    'export const f = (a: 1, b: 1, c: 1, d: 1) => a + b + c + d;',
    'packages/client/src/k.ts',
    undefined,
  ],
  [
    'max-lines-per-function',
    `export function long() {\n${'  globalThis.name;\n'.repeat(80)}}`,
    'packages/client/src/l.ts',
    'packages/client/src/l.test.ts',
  ],
];

async function findingsOf(t, texts) {
  const rootPath = plantTree(t, {
    ...texts,
    '.oxlintrc.json': readFileSync(join(ROOT_PATH, '.oxlintrc.json'), 'utf8'),
  });
  const { output } = await runCommand('oxlint', ['-f', 'json'], { cwd: rootPath });
  return JSON.parse(output).diagnostics.map(
    ({ code, filename }) => `${code.match(/\(([^)]+)\)/)?.[1]} ${filename}`,
  );
}

test('the linter refuses clocks, chance and shortcuts where they do not belong', async (t) => {
  const refused = await findingsOf(
    t,
    Object.fromEntries(CASES.map(([, text, path]) => [path, text])),
  );
  for (const [rule, , path] of CASES) {
    assert.ok(refused.includes(`${rule} ${path}`), `${rule} does not bite in ${path}`);
  }
});

test('the linter allows them where they belong', async (t) => {
  const allowed = CASES.filter(([, , , path]) => path !== undefined);
  const found = await findingsOf(
    t,
    Object.fromEntries(allowed.map(([, text, , path]) => [path, text])),
  );
  for (const [rule, , , path] of allowed) {
    assert.ok(!found.includes(`${rule} ${path}`), `${rule} bites in ${path}`);
  }
});
