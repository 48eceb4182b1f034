import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StablePrefix } from './stable-prefix.ts';

test('[EAR7] a word is told once two looks agree on it and another one follows', () => {
  const stable = new StablePrefix();
  const looks = ['', 'what', 'what is', 'what is the', 'what is the weather'];
  assert.deepEqual(
    looks.map((text) => stable.look(text.split(' ').filter(Boolean))?.join(' ')),
    [undefined, undefined, 'what', 'what is', 'what is the'],
  );
});

test('[EAR7] in a pause the last word is told too', () => {
  const stable = new StablePrefix();
  stable.look(['what', 'is']);
  assert.deepEqual(stable.look(['what', 'is']), ['what']);
  assert.deepEqual(stable.look(['what', 'is'], true), ['what', 'is']);
  assert.equal(stable.look(['what', 'is'], true), undefined);
});

test('[EAR7] what was told is never taken back: every told text begins with the one before', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (looks) => {
      const stable = new StablePrefix();
      let last: readonly string[] = [];
      for (const look of looks) {
        const told = stable.look(look);
        if (told === undefined) continue;
        assert.ok(told.length > last.length);
        assert.deepEqual(told.slice(0, last.length), last);
        last = told;
      }
    }),
    { seed: 7, numRuns: 500 },
  );
});
