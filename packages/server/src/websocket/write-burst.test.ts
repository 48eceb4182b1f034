import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { WriteBurst } from './write-burst.ts';

test('[RWS11] what is written in one turn leaves together and in order, and the next turn by itself', async () => {
  const calls: string[][] = [];
  const stream = new Writable({
    decodeStrings: false,
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
    write: (chunk, _encoding, done) => {
      calls.push([String(chunk)]);
      done();
    },
  });
  const burst = new WriteBurst(stream);
  for (const text of ['a', 'b', 'c']) {
    burst.join();
    stream.write(text);
  }
  assert.deepEqual(calls, []);
  await Promise.resolve();
  assert.deepEqual(calls, [['a', 'b', 'c']]);
  burst.join();
  stream.write('d');
  await Promise.resolve();
  assert.deepEqual(calls, [['a', 'b', 'c'], ['d']]);
});
