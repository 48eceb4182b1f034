import assert from 'node:assert/strict';
import test from 'node:test';
import { parseServerInfo, upstreamTitle } from './server-info.ts';

function titleFor(upstream: Readonly<Record<string, unknown>>): string | undefined {
  const info = parseServerInfo({ version: '1.2.3', upstream, media: { port: 3478 } });
  return info === undefined ? undefined : upstreamTitle(info);
}

test('[CLI50] the built-in engine is never taken for a language model', () => {
  const title = titleFor({ kind: 'engine', label: 'Engine', reason: 'No key.', model: 'prism' });
  assert.equal(title, 'Built-in engine – local, scripted, not a language model');
});

test('[CLI50] OpenAI and other servers are named with their model', () => {
  assert.equal(titleFor({ kind: 'openai', label: 'OpenAI', model: 'm1' }), 'OpenAI – m1');
  assert.equal(titleFor({ kind: 'openai', label: 'OpenAI' }), 'OpenAI');
  assert.equal(titleFor({ kind: 'realtime', label: 'Local box', model: 'm2' }), 'Local box – m2');
});

test('[CLI50] an answer that does not say who answers is no information', () => {
  for (const body of [
    undefined,
    null,
    'x',
    [],
    {},
    { upstream: {} },
    { upstream: { kind: 'x' } },
  ]) {
    assert.equal(parseServerInfo(body), undefined);
  }
});
