import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Agents } from '../agents/agent-directory.ts';
import { ConfigError, loadSettings } from '../config/load-settings.ts';
import { openAgents } from './open-agents.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-agents-'));
after(() => rmSync(folder, { recursive: true }));

const GUIDES_URL = new URL('../../../../docs/guides/', import.meta.url);

/** Examples of settings in a guide. */
function examplesOf(guide: string): readonly string[] {
  const page = readFileSync(new URL(guide, GUIDES_URL), 'utf8');
  const examples = Array.from(page.matchAll(/```yaml\n(.*?)```/gs), ([, yaml]) => yaml ?? '');
  assert.ok(examples.length > 0, guide);
  return examples;
}

function agentsIn(yaml: string): Agents {
  const filePath = join(folder, 'prism.yaml');
  writeFileSync(filePath, yaml);
  return new Agents(openAgents(loadSettings({ filePath, env: {}, flags: {} }).settings, []));
}

suite('guides to agents', () => {
  test('[AGT1] their examples are agents', () => {
    for (const guide of ['agents.md', 'policy.md', 'tools.md'])
      for (const example of examplesOf(guide)) if (example.includes('agents:')) agentsIn(example);
  });

  test('[AGT6] the one of the guide says what the guide says', () => {
    const [example = ''] = examplesOf('agents.md');
    const resolved = agentsIn(example).resolve('receptionist', { guest: 'Ann' });
    assert.ok(resolved.isFound);
    assert.match(
      String(resolved.session['instructions']),
      /the Grand Hotel\. You speak with Ann\./,
    );
    assert.deepEqual(resolved.policy.clientTools, ['show_room']);
    assert.equal(resolved.limits.costMicroUsd, 500_000);
  });

  test('[AGT2] the mistake of the guide is told as the guide has it', () => {
    const [example = ''] = examplesOf('agents.md');
    assert.throws(
      () => agentsIn(example.replace('voice: marin', 'voise: marin')),
      (error) =>
        error instanceof ConfigError &&
        error.message.endsWith(
          "prism.yaml:5: agents.receptionist.voise: unknown key 'voise'. Did you mean 'voice'?",
        ),
    );
  });
});
