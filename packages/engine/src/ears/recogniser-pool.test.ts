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

/** A pool with one recogniser, and a way to wait until it has one more. */
async function poolOf(countMax: number) {
  let told = (): void => {};
  const pool = new RecogniserPool({
    create: () => Recogniser.create(soundswallower),
    countMax,
    grown: () => told(),
    failed: (error) => assert.fail(String(error)),
  });
  await pool.grow();
  const grown = (): Promise<void> => new Promise((resolve) => (told = resolve));
  return { pool, grown };
}

function take(pool: RecogniserPool): Recogniser | undefined {
  assert.ok(prepared.type === 'prepared');
  const acquired = pool.acquire(prepared.grammar);
  return acquired.type === 'recogniser' ? acquired.recogniser : undefined;
}

test('[EAR23] one more recogniser is made as the last idle one is taken, up to the limit', async () => {
  const { pool, grown } = await poolOf(2);
  assert.equal(pool.count, 1);
  const second = grown();
  const first = take(pool);
  assert.ok(first !== undefined);
  assert.equal(take(pool), undefined);
  await second;
  assert.equal(pool.count, 2);
  assert.ok(take(pool) !== undefined);
  assert.equal(pool.count, 2);
  assert.equal(take(pool), undefined);
  pool.release(first);
  assert.equal(take(pool), first);
});

test('[EAR23] utterances one after another need no more recognisers than one and a spare', async () => {
  const { pool, grown } = await poolOf(4);
  const second = grown();
  const first = take(pool);
  await second;
  for (let turn = 0, taken = first; turn < 10; turn++) {
    assert.ok(taken !== undefined);
    pool.release(taken);
    taken = take(pool);
  }
  assert.equal(pool.count, 2);
});
