import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT_URL = new URL('../../../../', import.meta.url);
const EXAMPLE_FILES = ['agent.mjs', 'agent.test.mjs'];

test('[CNF20] the example of the guide is printed as it is, and passes', async () => {
  const guide = readFileSync(new URL('docs/guides/test-without-a-key.md', ROOT_URL), 'utf8');
  for (const name of EXAMPLE_FILES) {
    const source = readFileSync(new URL(`examples/test-your-agent/${name}`, ROOT_URL), 'utf8');
    assert.ok(
      guide.includes(`\`\`\`js\n// ${name}\n${source}\`\`\`\n`),
      `the guide prints another ${name}`,
    );
  }
  const { NODE_TEST_CONTEXT: _ofThisRun, ...env } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--test', '--test-reporter=tap', 'examples/test-your-agent/'],
    { cwd: fileURLToPath(ROOT_URL), env, timeout: 60_000 },
  );
  assert.match(stdout, /^# pass 1$/m);
  assert.match(stdout, /^# fail 0$/m);
});
