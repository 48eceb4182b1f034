import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import type { SessionRetention, StoredSession } from '../ports/session-store.ts';
import { ARCHIVE_QUEUE_COUNT_MAX, SessionArchive } from './session-archive.ts';

const DAY_MS = 86_400_000;

function sessionOf(id: string): StoredSession {
  return {
    id,
    kind: 'media',
    startedAtMs: 1,
    endedAtMs: 2,
    keyId: undefined,
    user: undefined,
    agent: undefined,
    model: undefined,
    reason: 'client_hangup',
    turnCount: 0,
    mouthToEarMs: undefined,
    documentJson: '{}',
  };
}

class Bench {
  readonly clock = new ManualClock();
  readonly kept: string[][] = [];
  readonly forgotten: SessionRetention[] = [];
  readonly failures: unknown[] = [];
  failure: Error | undefined;
  forgetFailure: Error | undefined;
  readonly archive: SessionArchive;

  constructor(retentionDays = 30) {
    this.archive = new SessionArchive({
      clock: this.clock,
      retentionDays,
      bytesMax: 1_000,
      store: {
        keepSessions: async (sessions) => {
          await Promise.resolve();
          if (this.failure !== undefined) throw this.failure;
          this.kept.push(sessions.map(({ id }) => id));
        },
        forgetSessions: async (retention) => {
          this.forgotten.push(retention);
          if (this.forgetFailure !== undefined) throw this.forgetFailure;
        },
      },
      failed: (error) => this.failures.push(error),
    });
  }
}

suite('sessions on their way to the storage', () => {
  test('[TML20] each is kept, one write at a time', async () => {
    const bench = new Bench();
    for (const id of ['a', 'b', 'c']) bench.archive.keep(() => sessionOf(id));
    await bench.archive.flush();
    assert.deepEqual(bench.kept, [['a'], ['b', 'c']]);
  });

  test('[TML20] what is too old is forgotten at the start and every ten minutes, though no session ends', async () => {
    const bench = new Bench();
    const beforeMs = bench.clock.wallMs() - 30 * DAY_MS;
    bench.archive.begin();
    assert.deepEqual(bench.forgotten, [{ beforeMs, bytesMax: 1_000 }]);
    bench.forgetFailure = new Error('the disk is full');
    bench.clock.advance(1_200_000);
    await bench.archive.close();
    assert.deepEqual(
      bench.forgotten.map((retention) => retention.beforeMs - beforeMs),
      [0, 600_000, 1_200_000],
    );
    assert.equal(bench.clock.armedCount, 0);
    assert.deepEqual(bench.failures, [bench.forgetFailure, bench.forgetFailure]);
    assert.equal(bench.archive.lostCount, 0);
  });

  test('[TML20] with no days to keep them none is even made', async () => {
    const bench = new Bench(0);
    bench.archive.keep(() => assert.fail());
    await bench.archive.flush();
    assert.deepEqual(bench.kept, []);
    // What was kept before the setting was changed.
    bench.archive.begin();
    assert.equal(bench.forgotten[0]?.beforeMs, bench.clock.wallMs());
    await bench.archive.close();
  });

  test('[TML21] what is not written, and what there is no room for, is lost and counted', async () => {
    const bench = new Bench();
    bench.failure = new Error('the disk is full');
    for (let count = 0; count < ARCHIVE_QUEUE_COUNT_MAX + 6; count += 1)
      bench.archive.keep(() => sessionOf(String(count)));
    // The first is being written; so many wait.
    assert.equal(bench.archive.lostCount, 5);
    await bench.archive.flush();
    assert.equal(bench.archive.lostCount, ARCHIVE_QUEUE_COUNT_MAX + 6);
    assert.deepEqual(bench.failures, [bench.failure, bench.failure]);
    bench.failure = undefined;
    bench.archive.keep(() => sessionOf('late'));
    await bench.archive.flush();
    assert.deepEqual(bench.kept, [['late']]);
  });
});
