import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import { emptyEntry, NO_TOKENS, type UsageEntry } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import fc from 'fast-check';
import {
  USAGE_GROUPS,
  type UsageGroup,
  type UsageRecord,
  type UsageStore,
} from '../runtime/ports/usage-store.ts';
import { MemoryUsageStore } from '../testing/memory-usage-store.ts';
import { openDatabase } from './open-database.ts';
import { StorageThread } from './storage-thread.ts';
import { UsageDatabase } from './usage-database.ts';

const START_MS = Date.UTC(2026, 10, 25, 22, 30);
const HOUR_MS = 3_600_000;
const ALL = { fromMs: 0, toMs: START_MS + 1_000 * HOUR_MS, countMax: 1_000 };

function recordOf(record: Partial<UsageRecord>, entry: Partial<UsageEntry> = {}): UsageRecord {
  return {
    sessionId: 's1',
    keyId: 'key_1',
    user: 'alice',
    agent: undefined,
    atMs: START_MS,
    ...record,
    entry: { ...emptyEntry('response', 'm'), ...entry },
  };
}

const STORES: readonly (readonly [string, () => Promise<UsageStore>])[] = [
  ['in memory', async () => new MemoryUsageStore()],
  ['in SQLite', async () => new UsageDatabase(await openDatabase(':memory:', new ManualClock()))],
  ['in SQLite on its thread', async () => StorageThread.open(':memory:')],
];

for (const [name, openStore] of STORES) {
  suite(`usage ${name}`, () => {
    let store: UsageStore;

    before(async () => {
      store = await openStore();
    });
    beforeEach(async () => store.forgetBefore(Number.MAX_SAFE_INTEGER));
    after(async () => store.close());

    test('[USE8] everything of an entry is kept, and adds up', async () => {
      const entry: UsageEntry = {
        ...emptyEntry('response', 'm'),
        tokens: {
          textIn: 1,
          textCachedIn: 2,
          textOut: 3,
          audioIn: 4,
          audioCachedIn: 5,
          audioOut: 6,
          imageIn: 7,
          imageCachedIn: 8,
        },
        transcribedMs: 9,
        inputAudioMs: 10,
        outputAudioMs: 11,
        sessionMs: 12,
        costMicroUsd: 13,
        isPriceKnown: false,
        isEstimated: true,
      };
      await store.add([recordOf({}, entry), recordOf({}, entry)]);
      await store.add([recordOf({}, { kind: 'transcription', costMicroUsd: 100 })]);
      assert.deepEqual(await store.totals({ ...ALL, groupBy: [] }), [
        {
          group: {},
          sessionCount: 1,
          responseCount: 2,
          transcriptionCount: 1,
          tokens: {
            textIn: 2,
            textCachedIn: 4,
            textOut: 6,
            audioIn: 8,
            audioCachedIn: 10,
            audioOut: 12,
            imageIn: 14,
            imageCachedIn: 16,
          },
          transcribedMs: 18,
          inputAudioMs: 20,
          outputAudioMs: 22,
          sessionMs: 24,
          costMicroUsd: 126,
          unpricedCount: 2,
          estimatedCount: 2,
        },
      ]);
    });

    test('[USE10] it is divided as asked, in order, between its hours', async () => {
      const spent = (sessionId: string, hours: number, user?: string): UsageRecord =>
        recordOf({ sessionId, user, atMs: START_MS + hours * HOUR_MS }, { costMicroUsd: 1 });
      await store.add([
        spent('s1', 0, 'bob'),
        spent('s1', 1, 'bob'),
        spent('s2', 2),
        spent('s3', 2, 'al'),
      ]);
      const divided = async (
        groupBy: readonly UsageGroup[],
        range: { fromMs?: number; toMs?: number; countMax?: number } = {},
      ): Promise<unknown> =>
        (await store.totals({ ...ALL, ...range, groupBy })).map(({ group, costMicroUsd }) => [
          ...Object.values(group),
          costMicroUsd,
        ]);
      assert.deepEqual(await divided(['day']), [
        ['2026-11-25', 2],
        ['2026-11-26', 2],
      ]);
      assert.deepEqual(await divided(['user']), [
        ['', 1],
        ['al', 1],
        ['bob', 2],
      ]);
      assert.deepEqual(await divided(['user', 'day']), [
        ['', '2026-11-26', 1],
        ['al', '2026-11-26', 1],
        ['bob', '2026-11-25', 2],
      ]);
      const fromMs = START_MS + HOUR_MS + 29 * 60_000;
      assert.deepEqual(await divided(['key', 'model', 'kind', 'agent'], { fromMs }), [
        ['key_1', 'm', 'response', '', 3],
      ]);
      assert.deepEqual(await divided([], { toMs: START_MS + HOUR_MS }), [[1]]);
      assert.deepEqual(await divided([], { toMs: START_MS }), []);
      assert.deepEqual(await divided(['user'], { countMax: 1 }), [['', 1]]);
    });

    test('[USE9] [USE13] what was spent in a period is told by subject, what is older is forgotten', async () => {
      const entry = { costMicroUsd: 5, tokens: { ...NO_TOKENS, textIn: 2, audioOut: 3 } };
      await store.add([
        recordOf({ atMs: START_MS - 2 * HOUR_MS }, entry),
        recordOf({}, { ...entry, inputAudioMs: 7, outputAudioMs: 1 }),
        recordOf({ sessionId: 's2', user: undefined }, entry),
      ]);
      const spending = { costMicroUsd: 5, tokens: 5, audioMs: 8 };
      assert.deepEqual(await store.spentSince(START_MS, 'user'), [
        { subject: '', spending: { ...spending, audioMs: 0 } },
        { subject: 'alice', spending },
      ]);
      const both = { costMicroUsd: 10, tokens: 10, audioMs: 8 };
      assert.deepEqual(await store.spentSince(START_MS, 'key'), [
        { subject: 'key_1', spending: both },
      ]);
      assert.deepEqual(await store.spentSince(START_MS, 'server'), [
        { subject: '', spending: both },
      ]);
      const old = { costMicroUsd: 15, tokens: 15, audioMs: 8 };
      assert.deepEqual((await store.spentSince(0, 'server'))[0]?.spending, old);
      await store.forgetBefore(START_MS);
      assert.deepEqual((await store.spentSince(0, 'server'))[0]?.spending, both);
    });
  });
}

test('[USE8] [USE10] memory and SQLite say the same of whatever was added', async () => {
  const entry = fc.record({
    kind: fc.constantFrom('response', 'transcription', 'media'),
    model: fc.constantFrom('m', "m'; drop table usage; --", undefined),
    costMicroUsd: fc.nat(),
    inputAudioMs: fc.nat(),
    isPriceKnown: fc.boolean(),
  });
  const record = fc.record({
    sessionId: fc.constantFrom('s1', 's2'),
    keyId: fc.constantFrom('key_1', undefined),
    user: fc.constantFrom('alice', 'Ünï "x"', undefined),
    atMs: fc.integer({ min: START_MS, max: START_MS + 30 * HOUR_MS }),
  });
  const database = new UsageDatabase(await openDatabase(':memory:', new ManualClock()));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(record, entry), { maxLength: 30 }),
      fc.subarray([...USAGE_GROUPS]),
      async (pairs, groupBy) => {
        // A session has one key and one user.
        const records = pairs.map(([each, used]) =>
          recordOf(
            { ...each, sessionId: JSON.stringify([each.sessionId, each.keyId, each.user]) },
            used,
          ),
        );
        const memory = new MemoryUsageStore();
        await database.forgetBefore(Number.MAX_SAFE_INTEGER);
        await memory.add(records);
        await database.add(records);
        const query = { ...ALL, groupBy };
        const byText = (one: object, other: object): number =>
          JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
        assert.deepEqual(
          [...(await database.totals(query))].sort(byText),
          [...(await memory.totals(query))].sort(byText),
        );
      },
    ),
    { seed: 20_261_126, numRuns: 100 },
  );
  await database.close();
});

suite('the ledger file', () => {
  let folderPath: string;

  before(() => {
    folderPath = mkdtempSync(join(tmpdir(), 'prism-ledger-'));
  });
  after(() => rmSync(folderPath, { recursive: true }));

  test('[USE9] what was written is there when it is opened again', async () => {
    const path = join(folderPath, 'made', 'on', 'the', 'way', 'ledger.sqlite');
    const first = await StorageThread.open(path);
    await first.add([recordOf({}, { costMicroUsd: 5 })]);
    await first.close();
    await first.close();
    await assert.rejects(first.add([recordOf({})]), /has ended/);
    const second = await StorageThread.open(path);
    await second.add([recordOf({}, { costMicroUsd: 6 })]);
    const [totals] = await second.totals({ ...ALL, groupBy: [] });
    assert.equal(totals?.costMicroUsd, 11);
    await second.close();
  });

  test('[USE9] two processes may write one ledger', async () => {
    const path = join(folderPath, 'shared.sqlite');
    const stores = await Promise.all([StorageThread.open(path), StorageThread.open(path)]);
    await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 30 }, async () => store.add([recordOf({}, { costMicroUsd: 1 })])),
      ),
    );
    const [totals] = (await stores[0]?.totals({ ...ALL, groupBy: [] })) ?? [];
    assert.equal(totals?.costMicroUsd, 60);
    for (const store of stores) await store.close();
  });
});
