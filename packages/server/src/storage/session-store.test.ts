import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import type { SessionQuery, SessionStore, StoredSession } from '../runtime/ports/session-store.ts';
import { openDatabase } from './open-database.ts';
import { SessionDatabase } from './session-database.ts';
import { StorageThread } from './storage-thread.ts';

const ALL: SessionQuery = {
  keyId: undefined,
  user: undefined,
  agent: undefined,
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  after: undefined,
  countMax: 100,
};
const EVERYTHING = { beforeMs: Number.MAX_SAFE_INTEGER, bytesMax: 0 };

function sessionOf(session: Partial<StoredSession>): StoredSession {
  return {
    id: 'rtc_1',
    kind: 'media',
    startedAtMs: 1_000,
    endedAtMs: 2_000,
    keyId: 'key_1',
    user: undefined,
    agent: undefined,
    model: undefined,
    reason: 'client_hangup',
    turnCount: 2,
    mouthToEarMs: 812.5,
    documentJson: '{"id":"rtc_1"}',
    ...session,
  };
}

const STORES: readonly (readonly [
  string,
  () => Promise<{ readonly store: SessionStore; readonly close: () => Promise<void> }>,
])[] = [
  [
    'in SQLite',
    async () => {
      const database = await openDatabase(':memory:', new ManualClock());
      return { store: new SessionDatabase(database), close: async () => database.destroy() };
    },
  ],
  [
    'in SQLite on its thread',
    async () => {
      const store = await StorageThread.open(':memory:');
      return { store, close: async () => store.close() };
    },
  ],
];

for (const [name, open] of STORES) {
  suite(`sessions that are over, ${name}`, () => {
    let store: SessionStore;
    let close: () => Promise<void>;
    before(async () => {
      ({ store, close } = await open());
    });
    beforeEach(async () => store.forgetSessions(EVERYTHING));
    after(async () => close());

    const idsOf = async (query: Partial<SessionQuery>): Promise<readonly string[]> =>
      (await store.listSessions({ ...ALL, ...query })).map(({ id }) => id);

    test('[TML20] what is kept is told as it was', async () => {
      const full = sessionOf({ user: 'alice', agent: 'shop', model: 'm', kind: 'socket' });
      const bare = sessionOf({ id: 'rtc_2', keyId: undefined, mouthToEarMs: undefined });
      await store.keepSessions([full, bare]);
      await store.keepSessions([]);
      const { documentJson: _full, ...fullRow } = full;
      const { documentJson: _bare, ...bareRow } = bare;
      assert.deepEqual(await store.listSessions(ALL), [bareRow, fullRow]);
      assert.equal(await store.findSession('rtc_1'), full.documentJson);
      assert.equal(await store.findSession('rtc_3'), undefined);
      await store.keepSessions([{ ...full, documentJson: '{}' }]);
      assert.equal(await store.findSession('rtc_1'), '{}');
    });

    test('[SNS2] pages follow each other, newest first, in whatever is asked', async () => {
      const sessions = Array.from({ length: 25 }, (_, index) =>
        sessionOf({
          id: `rtc_${String(index).padStart(2, '0')}`,
          // Several begin in the same millisecond.
          startedAtMs: 1_000 + Math.floor(index / 3),
          user: index % 2 === 0 ? 'alice' : 'bob',
          agent: index % 5 === 0 ? 'shop' : undefined,
          keyId: index < 20 ? 'key_1' : 'key_2',
        }),
      );
      await store.keepSessions(sessions);
      const all = sessions.map(({ id }) => id).reverse();
      const paged: string[] = [];
      for (let page = await idsOf({ countMax: 7 }); page.length > 0; ) {
        paged.push(...page);
        page = await idsOf({ countMax: 7, after: paged.at(-1) });
      }
      assert.deepEqual(paged, all);
      assert.deepEqual(await idsOf({ user: 'bob', agent: 'shop' }), ['rtc_15', 'rtc_05']);
      assert.equal((await idsOf({ keyId: 'key_2' })).length, 5);
      assert.deepEqual(await idsOf({ fromMs: 1_008 }), ['rtc_24']);
      assert.deepEqual(await idsOf({ toMs: 1_001 }), ['rtc_02', 'rtc_01', 'rtc_00']);
    });

    test('[TML20] what is too old or too much is forgotten, the oldest first', async () => {
      const documentJson = JSON.stringify('x'.repeat(998));
      await store.keepSessions(
        [1, 2, 3, 4, 5].map((number) =>
          sessionOf({
            id: `rtc_${number}`,
            startedAtMs: number * 10,
            endedAtMs: number * 10 + 5,
            documentJson,
          }),
        ),
      );
      await store.forgetSessions({ beforeMs: 25, bytesMax: 1e9 });
      assert.deepEqual(await idsOf({}), ['rtc_5', 'rtc_4', 'rtc_3', 'rtc_2']);
      await store.forgetSessions({ beforeMs: 0, bytesMax: 2_999 });
      assert.deepEqual(await idsOf({}), ['rtc_5', 'rtc_4']);
      await store.forgetSessions({ beforeMs: 0, bytesMax: 2_000 });
      assert.deepEqual(await idsOf({}), ['rtc_5', 'rtc_4']);
    });
  });
}
