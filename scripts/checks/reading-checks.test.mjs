// Each check that reads files is shown a tree that keeps its rules and trees that break one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repositoryOf } from '../repository.mjs';
import { checkDependencies } from './dependencies.mjs';
import { checkDocs } from './docs.mjs';
import { checkHouse } from './house.mjs';
import { checkPurity } from './purity.mjs';
import { checkSizes } from './sizes.mjs';
import { checkSpec } from './spec.mjs';

function findingsOf(check, texts) {
  return check(repositoryOf(texts)).findings;
}

/** Asserts that a tree has exactly one finding and that it says `pattern`. */
function assertOneFinding(check, texts, pattern) {
  const findings = findingsOf(check, texts);
  assert.equal(findings.length, 1, findings.join('\n'));
  assert.match(findings[0], pattern);
}

describe('spec check', () => {
  const spec = '# Playout\n\n- **PLY1** Frames leave in order.\n- **PLY2** Nothing leaves after.\n';
  const tests = "test('[PLY1] [PLY2] frames leave in order', () => {});";

  test('is green when every rule has a title and every title a rule', () => {
    assert.deepEqual(findingsOf(checkSpec, { 'spec/playout.md': spec, 'a/b.test.ts': tests }), []);
  });

  test('finds a rule without a test', () => {
    const texts = { 'spec/playout.md': spec, 'a/b.test.ts': "it('[PLY1] in order', f);" };
    assertOneFinding(checkSpec, texts, /^spec\/playout\.md:4: PLY2 has no test/);
  });

  test('finds a title of a rule that is not there', () => {
    const texts = { 'spec/playout.md': spec, 'a/b.test.ts': `${tests}\ntest('[PLY3] x', f);` };
    assertOneFinding(checkSpec, texts, /^a\/b\.test\.ts:2: the title names PLY3/);
  });

  test('finds an ID that is used twice, on another page too', () => {
    const texts = { 'spec/playout.md': `${spec}- **PLY1** Again.\n`, 'a/b.test.ts': tests };
    assertOneFinding(checkSpec, texts, /PLY1 is already the rule at spec\/playout\.md:3/);
    const elsewhere = {
      'spec/playout.md': spec,
      'spec/session.md': '- **PLY3** Stray.\n',
      'a/b.test.ts': `${tests} test('[PLY3] x', f);`,
    };
    assertOneFinding(checkSpec, elsewhere, /PLY rules live in spec\/playout\.md/);
  });

  test('finds a rule that is not written as one', () => {
    const texts = { 'spec/playout.md': `${spec}- PLY3 Something.\n`, 'a/b.test.ts': tests };
    assertOneFinding(checkSpec, texts, /write the rule as/);
  });
});

describe('purity check', () => {
  const core = 'packages/core/src/session/a.ts';

  test('lets core speak of time as numbers, in comments and in strings', () => {
    const text = '// A Promise of a Date.\nexport const f = (nowMs: number) => `${nowMs} Date`;\n';
    assert.deepEqual(findingsOf(checkPurity, { [core]: text }), []);
  });

  for (const text of [
    'export async function f() {}',
    'export type A = Promise<void>;',
    'export const a = new Date(0);',
    'export const a = Math.random();',
    'setTimeout(f, 1);',
    'export const f = (p) => p.then(async () => 1);',
  ]) {
    test(`refuses in core: ${text}`, () => {
      assert.notDeepEqual(findingsOf(checkPurity, { [core]: text }), []);
      assert.deepEqual(findingsOf(checkPurity, { 'packages/client/src/a.ts': text }), []);
    });
  }

  for (const text of [
    'export const a = b as unknown as C;',
    'test.only("x", f);',
    "export * from './a.ts';",
    'export const a = Object.create(Session.prototype);',
    'export class A extends EventEmitter {}',
    '// @ts-ignore\nexport {};',
    '// TODO later\nexport {};',
  ]) {
    test(`refuses everywhere, tests too: ${text.split('\n')[0]}`, () => {
      assert.equal(findingsOf(checkPurity, { 'test/src/scenarios/a.test.ts': text }).length, 1);
    });
  }

  test('refuses a constructed clock in adapters and lets runtime have it', () => {
    const text = 'export const now = () => new Date();';
    assertOneFinding(checkPurity, { 'packages/server/src/http/a.ts': text }, /reads the clock/);
    assert.deepEqual(findingsOf(checkPurity, { 'packages/server/src/runtime/a.ts': text }), []);
  });

  test('lets one place alone make sessions and read the environment', () => {
    const session = 'export const s = new Session(o);';
    const runner = 'packages/server/src/runtime/session-runner.ts';
    assertOneFinding(checkPurity, { 'packages/server/src/http/a.ts': session }, /session runner/);
    assert.deepEqual(findingsOf(checkPurity, { [runner]: session }), []);
    const environment = 'export const e = process.env;';
    const main = 'packages/server/src/main/a.ts';
    assertOneFinding(checkPurity, { 'packages/server/src/http/a.ts': environment }, /only main/);
    assert.deepEqual(findingsOf(checkPurity, { [main]: environment }), []);
  });
});

describe('sizes check', () => {
  const lines = (count) => 'export {};\n'.repeat(count);

  test('fails a file over 600 lines, a test over 800, and names one over 400', () => {
    assert.deepEqual(
      findingsOf(checkSizes, { 'a/b.ts': lines(600), 'a/b.test.ts': lines(800) }),
      [],
    );
    assertOneFinding(checkSizes, { 'a/b.ts': lines(601) }, /601 lines, the limit is 600/);
    assertOneFinding(checkSizes, { 'a/b.test.ts': lines(801) }, /the limit is 800/);
    const { findings, notes } = checkSizes(repositoryOf({ 'a/b.ts': lines(401) }));
    assert.deepEqual([findings.length, notes.length], [0, 1]);
  });
});

describe('docs check', () => {
  const catalogue = `export const ERROR_CATALOGUE = {
  bad_thing: {
    type: 'server_error',
    httpStatus: 500,
    remedy: "Don't.",
  },
} as const;`;
  const errors = (row) => ({
    'packages/protocol/src/codes/error-codes.ts': catalogue,
    'docs/reference/errors.md': `| Code | HTTP | Type | What to do |\n|---|---|---|---|\n${row}\n`,
  });

  test('follows links to files, folders and headings', () => {
    const texts = {
      'README.md':
        '[a](docs/a.md#what-it-is) [b](docs) [c](https://example.org) [d](#top-of-it)\n# Top of it\n',
      'docs/a.md': '# What it is\n',
    };
    assert.deepEqual(findingsOf(checkDocs, texts), []);
    assertOneFinding(
      checkDocs,
      { 'README.md': '[a](docs/a.md)' },
      /^README\.md:1: docs\/a\.md leads/,
    );
    assertOneFinding(checkDocs, { ...texts, 'b.md': '[a](docs/a.md#no)' }, /no heading #no/);
    assertOneFinding(checkDocs, { 'README.md': '![a](docs/a.png)' }, /leads nowhere/);
  });

  test('knows the commands, paths and rules that the overview pages name', () => {
    const packages = { 'package.json': '{"scripts":{"start":"x","check":"y"}}' };
    const green = { ...packages, 'README.md': '`npm start`, `npm run check -- spec`, `npm ci`' };
    assert.deepEqual(findingsOf(checkDocs, green), []);
    assertOneFinding(
      checkDocs,
      { ...packages, 'README.md': '`npm run no`' },
      /"npm run no" is no script/,
    );
    assertOneFinding(checkDocs, { 'AGENTS.md': '`packages/core/src/no.ts`' }, /does not exist/);
    assertOneFinding(checkDocs, { 'ARCHITECTURE.md': '`PLY9`' }, /no rule PLY9/);
  });

  test('holds the error page equal to the catalogue', () => {
    const row = "| `bad_thing` | 500 | `server_error` | Don't. |";
    assert.deepEqual(findingsOf(checkDocs, errors(row)), []);
    assertOneFinding(checkDocs, errors(''), /bad_thing is missing/);
    assertOneFinding(
      checkDocs,
      errors(row.replace('500', '501')),
      /httpStatus of bad_thing is "501"/,
    );
    const stray = `${row}\n| \`other\` | 500 | \`server_error\` | No. |`;
    assertOneFinding(checkDocs, errors(stray), /other is not in the catalogue/);
  });
});

describe('dependencies check', () => {
  const packages = {
    'package.json': '{"devDependencies":{"tool":"^1.0.0"}}',
    'packages/core/package.json': '{"dependencies":{"thing":"2.0.0","@prism/protocol":"1"}}',
  };
  const row = (name, range, user) =>
    `| \`${name}\` | \`${range}\` | ${user} | why | MIT | yes | none |`;
  const list = (run, dev) => ({
    ...packages,
    'docs/decisions/dependencies.md': `## Run\n${run}\n## Develop\n${dev}\n`,
  });
  const thing = row('thing', '2.0.0', 'core');
  const tool = row('tool', '^1.0.0', 'root');

  test('is green when the list equals the package files', () => {
    assert.deepEqual(findingsOf(checkDependencies, list(thing, tool)), []);
  });

  test('finds what is missing, gone, moved or changed', () => {
    assertOneFinding(checkDependencies, list(thing, ''), /tool is missing \(root\)/);
    const gone = row('gone', '1', 'root');
    assertOneFinding(checkDependencies, list(thing, `${tool}\n${gone}`), /gone is in no package/);
    assertOneFinding(checkDependencies, list('', `${thing}\n${tool}`), /thing: kind is "dev"/);
    assertOneFinding(checkDependencies, list(thing, row('tool', '^2', 'root')), /ranges is "\^2"/);
    assertOneFinding(
      checkDependencies,
      list(thing, row('tool', '^1.0.0', 'core')),
      /users is "core"/,
    );
    assertOneFinding(
      checkDependencies,
      list(thing.replace('MIT', ''), tool),
      /seven filled columns/,
    );
  });

  test('counts what the test workspace uses as development', () => {
    const texts = {
      ...list(thing, `${tool}\n${row('driver', '3', 'test')}`),
      'test/package.json': '{"dependencies":{"driver":"3"}}',
    };
    assert.deepEqual(findingsOf(checkDependencies, texts), []);
  });

  test('finds a package that runs a script at install', () => {
    const lock = { packages: { 'node_modules/thing': { hasInstallScript: true } } };
    const texts = { ...list(thing, tool), 'package-lock.json': JSON.stringify(lock) };
    assertOneFinding(checkDependencies, texts, /thing runs a script at install/);
  });
});

describe('house check', () => {
  test('lets plain files pass', () => {
    const texts = {
      'packages/core/src/index.ts': 'export {};\n',
      'README.md': 'See https://example.org/home/page.\n',
      '.ci/run': 'npm test\n',
    };
    assert.deepEqual(findingsOf(checkHouse, texts), []);
  });

  test('refuses machine paths, registry hosts and vague names', () => {
    const machinePath = ['', 'home', 'someone', 'prism'].join('/');
    assertOneFinding(
      checkHouse,
      { 'docs/a.md': `in ${machinePath}` },
      /^docs\/a\.md:1: machine path/,
    );
    const host = ['registry', 'example', 'org'].join('.');
    assertOneFinding(checkHouse, { 'docs/a.md': host }, /registry host/);
    assertOneFinding(checkHouse, { 'packages/core/src/utils/a.ts': '' }, /"utils" says nothing/);
    assertOneFinding(checkHouse, { 'packages/core/src/audio/Pcm.ts': '' }, /kebab-case/);
    assertOneFinding(checkHouse, { 'packages/core/src/audio/index.ts': '' }, /one index\.ts/);
  });
});
