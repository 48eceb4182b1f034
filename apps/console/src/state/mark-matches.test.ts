import assert from 'node:assert/strict';
import test from 'node:test';
import { markMatches } from './mark-matches.ts';

test('[PGD9] what was looked for is marked in a payload, without regard to case', () => {
  assert.deepEqual(markMatches('Say say', ' SAY '), [
    { text: 'Say', isMatch: true },
    { text: ' ', isMatch: false },
    { text: 'say', isMatch: true },
  ]);
  assert.deepEqual(markMatches('text', ''), [{ text: 'text', isMatch: false }]);
  assert.deepEqual(markMatches('', 'a'), []);
});

test('[PGD9] a text whose lower case is longer is shown unmarked', () => {
  assert.deepEqual(markMatches('İstanbul', 'stan'), [{ text: 'İstanbul', isMatch: false }]);
});

test('[PGD9] a payload of nothing but matches is marked up to a bound', () => {
  const pieces = markMatches('a'.repeat(5000), 'a');
  assert.ok(pieces.length <= 401);
  assert.equal(pieces.map(({ text }) => text).join('').length, 5000);
});
