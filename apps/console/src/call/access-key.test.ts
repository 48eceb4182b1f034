import assert from 'node:assert/strict';
import test from 'node:test';
import { accessKeyFrom } from './access-key.ts';

test('[CLI52] the key stands in the fragment, alone or among others, encoded or not', () => {
  assert.equal(accessKeyFrom('#key=ek_123'), 'ek_123');
  assert.equal(accessKeyFrom('#theme=dark&key=pk%2F1'), 'pk/1');
});

test('[CLI52] without a key in the fragment there is none', () => {
  for (const fragment of ['', '#', '#key=', '#key=%20', '#other=1']) {
    assert.equal(accessKeyFrom(fragment), undefined);
  }
});
