import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { emptyEntry } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { USAGE_QUEUE_COUNT_MAX } from '@prism/protocol';
import { MemoryUsageStore } from '../testing/memory-usage-store.ts';
import type { UsageRecord } from './ports/usage-store.ts';
import { UsageWriter } from './usage-writer.ts';

const RECORD: UsageRecord = {
  sessionId: 's',
  keyId: undefined,
  user: undefined,
  agent: undefined,
  atMs: 1,
  entry: emptyEntry('response', 'm'),
};

function bench(): {
  clock: ManualClock;
  store: MemoryUsageStore;
  failures: unknown[];
  writer: UsageWriter;
} {
  const clock = new ManualClock();
  const store = new MemoryUsageStore();
  const failures: unknown[] = [];
  const writer = new UsageWriter({ clock, store, failed: (error) => failures.push(error) });
  return { clock, store, failures, writer };
}

/** Until what has been promised is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

suite('usage on its way to the ledger', () => {
  test('[USE15] what comes within 10 ms is written together, then at once what came meanwhile', async () => {
    const { clock, store, writer } = bench();
    writer.add(RECORD);
    writer.add(RECORD);
    clock.advance(9);
    assert.deepEqual(store.writes, []);
    clock.advance(1);
    assert.deepEqual(store.writes, [2]);
    writer.add(RECORD);
    await settled();
    clock.advance(1);
    assert.deepEqual(store.writes, [2, 1]);
    assert.equal(store.records.length, 3);
  });

  test('[USE15] a flush writes all that waits, in writes of bounded size', async () => {
    const { store, writer } = bench();
    for (let count = 0; count < 1_100; count += 1) writer.add(RECORD);
    await writer.flush();
    assert.deepEqual(store.writes, [500, 500, 100]);
    await writer.flush();
    assert.equal(store.writes.length, 3);
  });

  test('[USE15] audio and time of a session are written once a second, added up', async () => {
    const { clock, store, writer } = bench();
    const heard = (sessionId: string, atMs = 1): void =>
      writer.add({
        ...RECORD,
        sessionId,
        atMs,
        entry: {
          ...emptyEntry('media', 'm'),
          inputAudioMs: 300,
          outputAudioMs: 20,
          sessionMs: 301,
        },
      });
    heard('a');
    for (let count = 0; count < 3; count += 1) {
      clock.advance(300);
      heard('a');
      heard('b');
    }
    writer.add(RECORD);
    clock.advance(10);
    await settled();
    assert.deepEqual(store.writes, [1], 'a response does not wait for them');
    clock.advance(89);
    assert.deepEqual(store.writes, [1]);
    clock.advance(1);
    await settled();
    assert.deepEqual(store.writes, [1, 2]);
    assert.deepEqual(
      store.records
        .slice(1)
        .map(({ sessionId, entry }) => [
          sessionId,
          entry.inputAudioMs,
          entry.outputAudioMs,
          entry.sessionMs,
        ]),
      [
        ['a', 1_200, 80, 1_204],
        ['b', 900, 60, 903],
      ],
    );
    heard('a');
    heard('a', 3_600_001);
    clock.advance(999);
    assert.deepEqual(store.writes, [1, 2]);
    clock.advance(1);
    assert.deepEqual(store.writes, [1, 2, 2], 'hours apart');
    await settled();
    clock.advance(10_000);
    assert.equal(store.writes.length, 3);
  });

  test('[USE12] [USE16] audio and time that can not be written keep one place for each session', async () => {
    const { clock, store, failures, writer } = bench();
    store.failure = new Error('no disk');
    for (let second = 0; second < 10; second += 1) {
      for (const sessionId of ['a', 'b']) {
        const entry = { ...emptyEntry('media', 'm'), sessionMs: 1_000 };
        writer.add({ ...RECORD, sessionId, entry });
      }
      if (second === 4) writer.add(RECORD);
      clock.advance(1_000);
      await settled();
    }
    assert.equal(failures.length, 10);
    assert.deepEqual(store.writes, [2, 2, 2, 2, 3, 3, 3, 3, 3, 3]);
    store.failure = undefined;
    await writer.flush();
    const length = store.records.reduce((sum, { entry }) => sum + entry.sessionMs, 0);
    assert.deepEqual([store.records.length, length], [3, 20_000]);
    clock.advance(10_000);
    assert.equal(store.writes.length, 11, 'nothing is left');
  });

  test('[USE12] a write that fails is told, and tried again a second later, with nothing lost or twice', async () => {
    const { clock, store, failures, writer } = bench();
    store.failure = new Error('no disk');
    writer.add(RECORD);
    clock.advance(10);
    await settled();
    writer.add(RECORD);
    assert.equal(failures.length, 1);
    clock.advance(999);
    await settled();
    assert.deepEqual(store.writes, [1]);
    store.failure = undefined;
    clock.advance(1);
    await settled();
    assert.deepEqual(store.writes, [1, 2]);
    assert.equal(store.records.length, 2);
  });

  test('[USE12] a queue that is full says so, and what it has no room for is counted', async () => {
    const { store, writer } = bench();
    store.failure = new Error('no disk');
    for (let count = 0; count < USAGE_QUEUE_COUNT_MAX; count += 1) {
      assert.equal(writer.isFull, false);
      writer.add(RECORD);
    }
    assert.equal(writer.isFull, true);
    writer.add(RECORD);
    assert.equal(writer.lostCount, 1);
    await writer.flush();
    assert.equal(writer.isFull, true);
    store.failure = undefined;
    await writer.flush();
    assert.equal(store.records.length, USAGE_QUEUE_COUNT_MAX);
  });
});
