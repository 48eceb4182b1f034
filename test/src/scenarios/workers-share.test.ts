import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import type { MediaSocketClient } from '../harness/media-socket-client.ts';
import { metricSeries } from '../harness/metric-series.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import type { PrismProcess } from '../harness/prism-process.ts';
import {
  AUTHORIZATION,
  KEY,
  liveCountOf,
  openCall,
  spread,
  TwoWorkers,
} from '../harness/two-workers.ts';

let workers: TwoWorkers;
before(async () => {
  workers = await TwoWorkers.start();
});
after(() => workers.close());

suite('what two workers share', () => {
  let prism: PrismProcess;
  let url: string;

  before(async () => {
    ({ prism, url } = await workers.serve({
      PRISM_MAX_SESSIONS: '9',
      PRISM_MAX_SESSIONS_PER_USER: '3',
      PRISM_RATE_SECRETS_PER_KEY: '20',
      PRISM_API_KEYS: `${KEY},${KEY}-2`,
      PRISM_BUDGETS: JSON.stringify([
        { scope: 'user', match: 'bob', period: 'day', sessionsAtOnce: 2 },
      ]),
    }));
  });
  after(() => prism.stop());

  async function get(path: string): Promise<Response> {
    return fetch(`${url}${path}`, {
      headers: AUTHORIZATION,
    });
  }

  /** Calls with these keys one after the other; the codes of those that are refused. */
  async function connectWith(
    keys: readonly string[],
  ): Promise<{ readonly calls: MediaSocketClient[]; readonly refusals: readonly string[] }> {
    const calls: MediaSocketClient[] = [];
    const refusals: string[] = [];
    for (const key of keys) {
      try {
        calls.push(await openCall(url, key));
      } catch (error) {
        refusals.push(/"code":"(\w+)"/.exec(String(error))?.[1] ?? String(error));
      }
    }
    return { calls, refusals };
  }

  async function end(calls: readonly MediaSocketClient[]): Promise<void> {
    for (const call of calls) call.close();
    await eventuallyAsync('no calls', async () => (await liveCountOf(url)) === 0);
  }

  test('[WRK4] a client secret is good for every worker, and for its number of uses in all', async () => {
    const [any, thrice] = [
      await mintSecret(url, { key: KEY }),
      await mintSecret(url, { key: KEY, prism: { uses: 3 } }),
    ];
    const every = await connectWith(Array<string>(6).fill(any));
    assert.deepEqual(every.refusals, []);
    assert.ok(Math.min(...spread(every.calls)) > 0);
    await end(every.calls);
    const counted = await connectWith(Array<string>(6).fill(thrice));
    assert.equal(counted.calls.length, 3);
    assert.deepEqual(new Set(counted.refusals), new Set(['client_secret_used_up']));
    await end(counted.calls);
  });

  test('[WRK5] places of a user and of the server, and rates of a key, are those of all workers', async () => {
    const secrets = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => mintSecret(url, { key: KEY, prism: { user: 'ann' } })),
    );
    const { calls, refusals } = await connectWith(secrets);
    assert.equal(calls.length, 3);
    assert.deepEqual(new Set(refusals), new Set(['concurrent_sessions_exceeded']));
    const others = await connectWith(Array<string>(8).fill(KEY));
    assert.equal(others.calls.length, 6);
    assert.deepEqual(new Set(others.refusals), new Set(['session_limit_reached']));
    await end([...calls, ...others.calls]);
    // Each over a connection of its own. Were the limit each worker's, more than 20 would be made.
    const minted = await Promise.all(
      Array.from({ length: 45 }, async () => mintSecret(url, { key: KEY })),
    );
    const madeCount = minted.filter((value) => value !== undefined).length;
    assert.ok(madeCount > 0 && madeCount <= 20, `${madeCount}`);
  });

  test('[WRK6] a budget is one for all workers', async () => {
    const secret = await mintSecret(url, { key: `${KEY}-2`, prism: { user: 'bob' } });
    const { calls, refusals } = await connectWith(Array<string>(5).fill(secret));
    assert.equal(calls.length, 2);
    assert.deepEqual(new Set(refusals), new Set(['budget_exceeded']));
    await end(calls);
  });

  test('[WRK7] [WRK8] metrics, sessions and capacity are those of all workers', async () => {
    const { calls } = await connectWith([KEY, KEY, KEY, KEY]);
    assert.ok(Math.min(...spread(calls)) > 0);
    for (const call of calls) await eventually('session', () => call.eventOf('session.created'));
    await eventuallyAsync('four', async () => (await liveCountOf(url)) === 4);
    // Several connections at a time, so that each worker is asked.
    const check = async (): Promise<void> => {
      const series = await metricSeries(url, AUTHORIZATION);
      assert.equal(sumOf(series, 'prism_sessions{'), 4);
      assert.equal(series.get('prism_sessions_max'), 9);
      assert.equal(sumOf(series, 'prism_build_info'), 1);
      const startS = series.get('process_start_time_seconds') ?? 0;
      // Added up it would be in the next century.
      assert.ok(startS > 1.7e9 && startS < 3e9, String(startS));
      const list = (await (await get('/v1/prism/sessions?limit=3')).json()) as SessionPage;
      const rest = (await (
        await get(`/v1/prism/sessions?after=${list.last_id}`)
      ).json()) as SessionPage;
      assert.deepEqual([list.has_more, rest.has_more], [true, false]);
      assert.deepEqual(
        [...list.data, ...rest.data].map(({ id }) => id),
        calls.map(({ callId }) => callId).reverse(),
      );
      const capacity = (await (await get('/v1/prism/capacity')).json()) as { sessions: object };
      assert.deepEqual(capacity.sessions, { live: 4, max: 9, free: 5 });
    };
    await Promise.all([check(), check(), check(), check()]);
    await end(calls);
    await eventuallyAsync('all are kept', async () => {
      const page = (await (await get('/v1/prism/sessions?state=ended')).json()) as SessionPage;
      const kept = new Set(page.data.map(({ id }) => id));
      return calls.every(({ callId }) => kept.has(callId));
    });
  });
});

interface SessionPage {
  readonly data: readonly { readonly id: string }[];
  readonly last_id: string;
  readonly has_more: boolean;
}

/** All series of a metric added up. */
function sumOf(series: ReadonlyMap<string, number>, prefix: string): number {
  return [...series].reduce((sum, [name, value]) => sum + (name.startsWith(prefix) ? value : 0), 0);
}
