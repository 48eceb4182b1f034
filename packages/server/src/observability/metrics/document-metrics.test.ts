import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { metricsPage } from './document-metrics.ts';

suite('reference page of the metrics', () => {
  test('[MET9] says what the catalogue says', () => {
    const page = readFileSync(
      new URL('../../../../../docs/reference/metrics.md', import.meta.url),
      'utf8',
    );
    assert.equal(page, metricsPage(), 'run npm run docs');
  });
});
