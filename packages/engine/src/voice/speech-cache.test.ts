import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeechCache } from './speech-cache.ts';

const SECOND = 1_000;

function counting(): { make: (value: number) => () => Int16Array; count: () => number } {
  let count = 0;
  return {
    make: (value) => () => {
      count++;
      return new Int16Array(SECOND).fill(value);
    },
    count: () => count,
  };
}

test('[VOX16] what was said before is not made again, and nobody else can change it', () => {
  const cache = new SpeechCache(10 * SECOND);
  const { make, count } = counting();
  cache.get('hello', make(1)).fill(9);
  const again = cache.get('hello', make(2));
  assert.equal(count(), 1);
  assert.deepEqual(again, new Int16Array(SECOND).fill(1));
  again.fill(7);
  assert.deepEqual(cache.get('hello', make(2)), new Int16Array(SECOND).fill(1));
});

test('[VOX16] beyond its bytes the speech that was used longest ago is forgotten; failures are never kept', () => {
  const cache = new SpeechCache(4 * SECOND);
  const { make, count } = counting();
  cache.get('a', make(1));
  cache.get('b', make(2));
  cache.get('a', make(1));
  cache.get('c', make(3));
  assert.equal(count(), 3);
  cache.get('a', make(1));
  assert.equal(count(), 3);
  cache.get('b', make(2));
  assert.equal(count(), 4);
  assert.equal(
    cache.get('broken', () => 'no luck'),
    'no luck',
  );
  assert.ok(cache.get('broken', make(4)) instanceof Int16Array);
});
