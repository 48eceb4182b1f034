import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_TOKENS } from '@prism/core';
import type { UsageTotals } from '../runtime/ports/usage-store.ts';
import { usageCsv, usageReport } from '../runtime/usage-report.ts';
import { errorOf, makeApp } from '../testing/app-under-test.ts';

const KEY = { authorization: 'Bearer server-key' };
const DAY_MS = 86_400_000;

suite('usage over HTTP', () => {
  test('[USE10] a server key may ask, a client secret and nobody may not', async () => {
    const test_ = await makeApp({ serverKeys: ['server-key'] });
    const get = async (headers: Record<string, string>, url = '/v1/prism/usage'): Promise<number> =>
      (await test_.app.inject({ method: 'GET', url, headers })).statusCode;
    assert.equal(await get(KEY), 200);
    assert.equal(await get(KEY, '/openai/v1/prism/usage'), 200);
    assert.equal(await get({}), 401);
    const minted = await test_.app.inject({
      method: 'POST',
      url: '/v1/realtime/client_secrets',
      headers: KEY,
    });
    const { value } = JSON.parse(minted.body) as { value: string };
    assert.equal(await get({ authorization: `Bearer ${value}` }), 403);
    assert.equal(test_.asked.length, 2);
  });

  test('[USE10] it is asked for the last 30 days, or for a time in any of its spellings', async () => {
    const test_ = await makeApp();
    const get = async (query: string): Promise<unknown> => {
      await test_.app.inject({ method: 'GET', url: `/v1/prism/usage${query}` });
      const asked = test_.asked.at(-1);
      return [asked?.fromMs, asked?.toMs, asked?.groupBy];
    };
    const toMs = test_.nowMs + 3_600_000;
    assert.deepEqual(await get(''), [toMs - 30 * DAY_MS, toMs, []]);
    const day = Date.UTC(2026, 10, 26);
    assert.deepEqual(await get('?from=2026-11-26&group_by=user,day'), [day, toMs, ['user', 'day']]);
    assert.deepEqual(await get(`?from=${day / 1_000}&to=2026-11-26T05:00:00Z`), [
      day,
      day + 5 * 3_600_000,
      [],
    ]);
  });

  test('[USE10] what can not be asked is refused by its name', async () => {
    const test_ = await makeApp();
    for (const [query, param] of [
      ['?from=yesterday', 'from'],
      ['?to=2026-13-45', 'to'],
      ['?to=2026-11-26&to=2026-11-27', 'to'],
      ['?group_by=colour', 'group_by'],
      ['?group_by=user,user', 'group_by'],
      ['?group_by=user&group_by=day', 'group_by'],
    ] as const) {
      const response = await test_.app.inject({ method: 'GET', url: `/v1/prism/usage${query}` });
      const error = errorOf(response);
      assert.deepEqual([error.status, error.code, error.param], [400, 'invalid_request', param]);
    }
  });

  test('[USE10] it answers in seconds and dollars, as JSON or, if that is wanted, as CSV', async () => {
    const query = { fromMs: 0, toMs: DAY_MS, groupBy: ['user'], countMax: 1 } as const;
    const totals: UsageTotals = {
      group: { user: '=SUM("A1")' },
      sessionCount: 1,
      responseCount: 2,
      transcriptionCount: 3,
      tokens: { ...NO_TOKENS, textIn: 4, audioCachedIn: 5 },
      transcribedMs: 6_500,
      inputAudioMs: 7_000,
      outputAudioMs: 8_000,
      sessionMs: 9_000,
      costMicroUsd: 1_234_567,
      unpricedCount: 10,
      estimatedCount: 11,
    };
    const report = usageReport(query, [totals]);
    assert.deepEqual(
      [report.from, report.to, report.has_more],
      ['1970-01-01T00:00:00Z', '1970-01-02T00:00:00Z', true],
    );
    assert.equal(report.data[0]?.cost_usd, 1.234567);
    assert.equal(report.data[0]?.tokens.total, 9);
    const [head, row] = usageCsv(report).split('\r\n');
    assert.equal(head?.split(',').length, row?.split(',').length);
    assert.equal(row, '"\'=SUM(""A1"")",1,2,3,9,4,0,0,0,5,0,0,0,6.5,7,8,9,1.234567,10,11');
    const test_ = await makeApp();
    const csv = await test_.app.inject({
      method: 'GET',
      url: '/v1/prism/usage',
      headers: { accept: 'text/csv' },
    });
    assert.match(String(csv.headers['content-type']), /^text\/csv/);
    assert.match(csv.body, /^sessions,responses,/);
  });
});
