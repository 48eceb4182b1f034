import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { emptyEntry } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { OPEN_ACCESS } from '@prism/protocol';
import Database from 'libsql';
import { loadSettings } from '../config/load-settings.ts';
import type { SettingName, Settings } from '../config/settings.ts';
import { createLogger } from '../observability/logger.ts';
import { type OpenSpending, openSpending } from './open-spending.ts';
import { StartError } from './start-error.ts';

function settingsOf(flags: Partial<Record<SettingName, unknown>>): Settings {
  return loadSettings({ filePath: undefined, env: {}, flags }).settings;
}

async function open(
  flags: Partial<Record<SettingName, unknown>>,
  clock = new ManualClock(),
): Promise<OpenSpending> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  return openSpending(settingsOf(flags), {
    clock,
    logger,
    defaultModel: 'prism-engine',
    used: undefined,
  });
}

suite('opening the ledger', () => {
  let folderPath: string;

  before(() => {
    folderPath = mkdtempSync(join(tmpdir(), 'prism-spending-'));
  });
  after(() => rmSync(folderPath, { recursive: true }));

  test('[USE11] what can not be the ledger ends the start, with its path and the reason', async () => {
    const inFolder = (name: string): string => join(folderPath, name);
    writeFileSync(
      inFolder('text'),
      'This is not a database, but it is long enough to be read as one.'.repeat(99),
    );
    mkdirSync(inFolder('folder'));
    const damagedPath = inFolder('newer');
    const newer = new Database(damagedPath);
    newer.exec('create table kysely_migration (name varchar(255) primary key, timestamp text)');
    newer.exec("insert into kysely_migration values ('9999-tomorrow', 'then')");
    newer.close();
    for (const [path, reason] of [
      ['text', /no SQLite database/],
      ['folder', /can not be opened/],
      ['text/below', /its folder is a file/],
      ['newer', /written by a newer Prism/],
    ] as const) {
      await assert.rejects(open({ storagePath: inFolder(path) }), (error) => {
        assert.ok(error instanceof StartError, String(error));
        assert.ok(error.message.includes(inFolder(path)), error.message);
        assert.match(error.message, reason);
        return true;
      });
    }
  });

  test('[USE11] a ledger that another process keeps locked is said to be', async () => {
    const path = join(folderPath, 'locked');
    const other = new Database(path);
    other.exec('create table t (x); begin exclusive');
    await assert.rejects(open({ storagePath: path }), /another process keeps it locked/);
    other.close();
  });

  test('[USE9] [USE13] budgets go on from what was written, within what is kept', async () => {
    const clock = new ManualClock();
    const flags = {
      storagePath: join(folderPath, 'ledger'),
      usageRetentionDays: 40,
      turnTokens: 0,
      budgets: [{ scope: 'server', period: 'total', tokens: 100 }],
    };
    const request = { access: OPEN_ACCESS, model: undefined, intent: 'realtime' } as const;
    const first = await open(flags, clock);
    const opened = first.desk.open('s1', request);
    assert.ok(opened.isOpened);
    const tokens = { ...emptyEntry('response', 'm').tokens, textIn: 100 };
    const entry = { ...emptyEntry('response', 'm'), tokens };
    assert.equal(opened.spending.take({ type: 'used', entry })?.type, 'reached');
    await first.close();
    const second = await open(flags, clock);
    assert.equal(second.desk.refusal(request)?.code, 'budget_exceeded');
    await second.close();
    clock.advance(41 * 86_400_000);
    const third = await open(flags, clock);
    assert.equal(third.desk.refusal(request), undefined);
    await third.close();
  });

  test('[BUD15] [USE4] budgets and prices are read from YAML, and from the environment as JSON', () => {
    const fromEnv = loadSettings({
      filePath: undefined,
      env: {
        PRISM_BUDGETS: '[{"scope":"user","period":"day","costUsd":0.25,"audioMinutes":1.5}]',
        PRISM_PRICES: '{"my-":{"audioOut":0.4}}',
      },
      flags: {},
    }).settings;
    assert.deepEqual(fromEnv.budgets, [
      {
        scope: 'user',
        match: undefined,
        period: 'day',
        max: { costMicroUsd: 250_000, audioMs: 90_000 },
        sessionCountMax: undefined,
      },
    ]);
    assert.equal(fromEnv.prices['my-']?.perMillionTokens?.audioOut, 0.4);
    for (const budgets of [
      'none',
      [{ scope: 'user' }],
      [{ scope: 'server', match: 'x', tokens: 1 }],
      [{ scope: 'user', tokens: -1 }],
      [{ scope: 'user', token: 1 }],
    ])
      assert.throws(() => settingsOf({ budgets }), /budgets/);
  });
});
