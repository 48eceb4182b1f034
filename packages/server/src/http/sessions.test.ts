import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionDirectory } from '../runtime/sessions/session-directory.ts';
import type { SessionMoment } from '../runtime/sessions/session-document.ts';
import { type AppUnderTest, errorOf, makeApp } from '../testing/app-under-test.ts';

const KEY = { authorization: 'Bearer server-key' };
const START_MS = Date.UTC(2026, 10, 26, 9);

function momentOf(number: number, facts: Partial<SessionMoment['facts']> = {}): SessionMoment {
  return {
    facts: {
      id: `rtc_${number}`,
      kind: 'media',
      startedAtMs: START_MS + number * 1_000,
      keyId: undefined,
      user: undefined,
      agent: undefined,
      model: undefined,
      ...facts,
    },
    timeline: undefined,
    counters: { eventsUp: 3, speech: { onsetCount: 1 } },
    atMs: START_MS + 60_000,
    reason: undefined,
  };
}

interface Bench {
  readonly test_: AppUnderTest;
  readonly live: SessionMoment[];
  readonly asked: unknown[];
  readonly get: (
    path: string,
    headers?: Record<string, string>,
  ) => Promise<{ readonly status: number; readonly body: Body }>;
}

interface Body {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly last_id: string | null;
  readonly [field: string]: unknown;
}

async function openBench(failure?: Error): Promise<Bench> {
  const live: SessionMoment[] = [];
  const asked: unknown[] = [];
  const fail = (): void => {
    if (failure !== undefined) throw failure;
  };
  const sessions = new SessionDirectory({
    live: {
      liveSessions: () => live,
      liveSession: (id) => live.find(({ facts }) => facts.id === id),
      endSession: (id, { tokenId }) =>
        tokenId === undefined && live.some(({ facts }) => facts.id === id),
    },
    past: {
      listSessions: async (query) => {
        fail();
        asked.push(query);
        return [];
      },
      findSession: async (id) => {
        fail();
        return id === 'rtc_past' ? '{"id":"rtc_past","state":"ended"}' : undefined;
      },
    },
    settled: async () => undefined,
  });
  const test_ = await makeApp({ serverKeys: ['server-key'], sessions });
  return {
    test_,
    live,
    asked,
    get: async (path, headers = KEY) => {
      const response = await test_.app.inject({
        method: 'GET',
        url: `/v1/prism/sessions${path}`,
        headers,
      });
      return { status: response.statusCode, body: JSON.parse(response.body) as Body };
    },
  };
}

suite('sessions over HTTP', () => {
  test('[SNS1] [SNS4] a server key may ask and end, a client secret may not ask', async () => {
    const { test_, live, get } = await openBench();
    live.push(momentOf(1));
    assert.equal((await get('')).status, 200);
    assert.equal((await get('', {})).status, 401);
    const minted = await test_.app.inject({
      method: 'POST',
      url: '/v1/realtime/client_secrets',
      headers: KEY,
    });
    const { value } = JSON.parse(minted.body) as { value: string };
    const secret = { authorization: `Bearer ${value}` };
    assert.equal((await get('', secret)).status, 403);
    assert.equal((await get('/rtc_1', secret)).status, 403);
    const end = async (id: string, headers: Record<string, string>): Promise<number> => {
      const url = `/v1/prism/sessions/${id}/end`;
      return (await test_.app.inject({ method: 'POST', url, headers })).statusCode;
    };
    assert.equal(await end('rtc_1', secret), 404);
    assert.equal(await end('rtc_2', KEY), 404);
    assert.equal(await end('rtc_1', KEY), 200);
  });

  test('[SNS2] the sessions that live are told newest first, in pages, by what is asked', async () => {
    const { live, get } = await openBench();
    for (let number = 1; number <= 7; number += 1)
      live.push(
        momentOf(number, {
          user: number % 2 === 0 ? 'alice' : undefined,
          agent: number > 5 ? 'shop' : undefined,
          keyId: number === 3 ? 'key_3' : undefined,
        }),
      );
    const idsOf = async (query: string): Promise<readonly string[]> =>
      (await get(query)).body.data.map(({ id }) => id);
    const first = (await get('?limit=4')).body;
    assert.deepEqual(
      [first.data.map(({ id }) => id), first.last_id, first.has_more],
      [['rtc_7', 'rtc_6', 'rtc_5', 'rtc_4'], 'rtc_4', true],
    );
    const second = (await get('?limit=4&after=rtc_4')).body;
    assert.deepEqual([second.data.length, second.last_id, second.has_more], [3, 'rtc_1', false]);
    assert.deepEqual(await idsOf('?user=alice'), ['rtc_6', 'rtc_4', 'rtc_2']);
    assert.deepEqual(await idsOf('?agent=shop'), ['rtc_7', 'rtc_6']);
    assert.deepEqual(await idsOf('?key_id=key_3'), ['rtc_3']);
    assert.deepEqual(await idsOf('?from=2026-11-26T09:00:06Z'), ['rtc_7', 'rtc_6']);
    assert.deepEqual(await idsOf('?to=2026-11-26T09:00:02Z'), ['rtc_1']);
  });

  test('[SNS2] those that are over are asked of the storage, one more than the page', async () => {
    const { asked, get } = await openBench();
    const { body } = await get('?state=ended&limit=2&user=bob&after=rtc_9');
    assert.deepEqual([body.data, body.has_more, body.last_id], [[], false, null]);
    assert.deepEqual(asked, [
      {
        keyId: undefined,
        user: 'bob',
        agent: undefined,
        after: 'rtc_9',
        fromMs: 0,
        toMs: Number.MAX_SAFE_INTEGER,
        countMax: 3,
      },
    ]);
  });

  test('[SNS3] one that lives is told with its counters, one that is over as it was kept', async () => {
    const { live, get } = await openBench();
    live.push(momentOf(1, { user: 'alice', model: 'm' }));
    assert.deepEqual((await get('/rtc_1')).body, {
      object: 'prism.session',
      id: 'rtc_1',
      state: 'live',
      kind: 'media',
      started_at: '2026-11-26T09:00:01.000Z',
      ended_at: null,
      duration_ms: 59_000,
      reason: null,
      key_id: null,
      user: 'alice',
      agent: null,
      model: 'm',
      turn_count: 0,
      mouth_to_ear_ms: null,
      timeline: null,
      counters: { events_up: 3, speech: { onset_count: 1 } },
    });
    assert.deepEqual((await get('/rtc_past')).body, { id: 'rtc_past', state: 'ended' });
    assert.equal((await get('/rtc_none')).status, 404);
  });

  test('[SNS5] what can not be asked is refused by its name', async () => {
    const { test_ } = await openBench();
    for (const [query, param] of [
      ['?state=dead', 'state'],
      ['?limit=0', 'limit'],
      ['?limit=501', 'limit'],
      ['?limit=ten', 'limit'],
      ['?user=', 'user'],
      ['?user=a&user=b', 'user'],
      ['?after=', 'after'],
      ['?from=yesterday', 'from'],
      ['?to=2026-13-45', 'to'],
    ] as const) {
      const url = `/v1/prism/sessions${query}`;
      const error = errorOf(await test_.app.inject({ method: 'GET', url, headers: KEY }));
      assert.deepEqual([error.status, error.code, error.param], [400, 'invalid_request', param]);
    }
  });

  test('[SNS5] [TML21] without its storage the server still tells of the sessions that live', async () => {
    const { live, get } = await openBench(new Error('the disk is gone'));
    live.push(momentOf(1));
    assert.equal((await get('')).body.data.length, 1);
    assert.equal((await get('/rtc_1')).status, 200);
    const lost = await get('?state=ended');
    assert.equal(lost.status, 503);
    assert.ok(JSON.stringify(lost.body).includes('storage_unavailable'));
    assert.equal((await get('/rtc_2')).status, 503);
  });
});
