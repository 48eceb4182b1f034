import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { prepareGrammar } from './prepared-grammar.ts';
import { PronouncingDictionary } from './pronouncing-dictionary.ts';
import { Recogniser } from './recogniser.ts';
import { RecogniserPool } from './recogniser-pool.ts';
import { loadSoundswallower, type Soundswallower } from './soundswallower-module.ts';

const dictionary = new PronouncingDictionary('yes Y EH S\nno N OW');
const prepared = prepareGrammar(
  { jsgf: '#JSGF V1.0;\ngrammar g;\npublic <s> = yes | no;', pronunciations: {} },
  dictionary,
  () => new Map(),
);

let soundswallower: Soundswallower;
before(async () => {
  soundswallower = await loadSoundswallower();
});

function take(pool: RecogniserPool): Recogniser | undefined {
  assert.ok(prepared.type === 'prepared');
  const acquired = pool.acquire(prepared.grammar);
  return acquired.type === 'recogniser' ? acquired.recogniser : undefined;
}

test('[EAR23] one recogniser at first, then one per ear up to the limit', async () => {
  let told = (): void => {};
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  const pool = new RecogniserPool({
    create: () => Recogniser.create(soundswallower),
    countMax: 2,
    settled: () => told(),
    failed: (error) => assert.fail(String(error)),
  });
  await pool.grow();
  pool.ensure(1);
  const first = take(pool);
  assert.ok(first !== undefined);
  assert.equal(pool.count, 1);
  assert.equal(take(pool), undefined);
  const second = next();
  pool.ensure(2);
  await second;
  assert.ok(take(pool) !== undefined);
  pool.ensure(5);
  assert.equal(pool.count, 2);
  assert.equal(take(pool), undefined);
  pool.release(first);
  assert.equal(take(pool), first);
});

test('[EAR23] a recogniser that could not be made is made when the next ear opens', async () => {
  let isBroken = false;
  const failures: string[] = [];
  let told = (): void => {};
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  const pool = new RecogniserPool({
    create: async () => {
      if (isBroken) throw new Error('no memory');
      return Recogniser.create(soundswallower);
    },
    countMax: 2,
    settled: () => (isBroken ? undefined : told()),
    failed: (error) => {
      failures.push(String(error));
      told();
    },
  });
  await pool.grow();
  isBroken = true;
  const failed = next();
  pool.ensure(2);
  await failed;
  assert.deepEqual(failures, ['Error: no memory']);
  assert.equal(pool.count, 1);
  isBroken = false;
  const second = next();
  pool.ensure(2);
  await second;
  assert.equal(pool.count, 2);
});
