import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { settingsPage } from './document-settings.ts';

suite('reference page of the settings', () => {
  test('[CFG6] says what the code says', () => {
    const page = readFileSync(
      new URL('../../../../docs/reference/settings.md', import.meta.url),
      'utf8',
    );
    assert.equal(page, settingsPage(), 'run npm run docs');
  });
});
