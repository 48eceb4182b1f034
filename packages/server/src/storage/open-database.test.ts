import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import Database from 'libsql';
import { openDatabase } from './open-database.ts';

suite('opening the database', () => {
  let folderPath: string;

  before(() => {
    folderPath = mkdtempSync(join(tmpdir(), 'prism-database-'));
  });
  after(() => rmSync(folderPath, { recursive: true }));

  test('[USE11] a new file that another process is just writing is waited for', async () => {
    const clock = new ManualClock();
    const path = join(folderPath, 'new');
    const other = new Database(path);
    other.exec('begin immediate; create table t (x)');
    // Its first try is over when this returns, and was refused.
    const opening = openDatabase(path, clock);
    other.exec('commit');
    clock.advance(20);
    await assert.doesNotReject(opening);
    await (await opening).destroy();
    other.close();
  });
});
