import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

/** The session that asks for nothing, as it is shown (also Prism's answer to `client_secrets`). */
const DEFAULTS = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/session-defaults.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

test('[ENG1] the first event is session.created with every default and explicit nulls', () => {
  const bench = new ConversationBench().open();
  assert.deepEqual(bench.take(), [
    {
      type: 'session.created',
      event_id: 'event_1',
      session: { ...DEFAULTS, id: 'sess_bench', expires_at: 3_600 },
    },
  ]);
});

test('[ENG1] the fields of session.created come in the recorded order', () => {
  const [created] = new ConversationBench().open().take();
  assert.ok(created?.type === 'session.created');
  assert.deepEqual(Object.keys(created), ['type', 'event_id', 'session']);
  assert.deepEqual(Object.keys(created.session), [
    'type',
    'object',
    'id',
    'model',
    'output_modalities',
    'instructions',
    'tools',
    'tool_choice',
    'max_output_tokens',
    'tracing',
    'truncation',
    'prompt',
    'expires_at',
    'audio',
    'include',
  ]);
});
