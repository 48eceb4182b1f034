import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { workerOfId } from '@prism/core';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freeWorkerPortVariables } from '../harness/free-port.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
import { metricSeries } from '../harness/metric-series.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { type SimulatedUpstream, startSimulatedUpstream } from '../harness/simulated-upstream.ts';
import { SocketClient } from '../harness/socket-client.ts';

const KEY = 'sk-prism-test';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
const WORKER_COUNT = 2;
const folder = mkdtempSync(join(tmpdir(), 'prism-workers-test-'));
after(() => rmSync(folder, { recursive: true }));

let upstream: SimulatedUpstream;
before(async () => {
  upstream = await startSimulatedUpstream({ timing: { audio_ms: 500, first_audio_ms: 20 } });
});
after(async () => {
  for (const prism of started) prism.signal('SIGKILL');
  await upstream.close();
});

const started: PrismProcess[] = [];

async function serveWorkers(
  env: Readonly<Record<string, string>> = {},
): Promise<{ prism: PrismProcess; url: string; mediaPort: number }> {
  const ports = await freeWorkerPortVariables(WORKER_COUNT);
  const served = await PrismProcess.serve({
    ...upstream.env,
    ...ports,
    PRISM_WORKERS: String(WORKER_COUNT),
    PRISM_API_KEYS: KEY,
    PRISM_STORAGE_PATH: join(folder, `${started.length}.sqlite`),
    ...env,
  });
  started.push(served.prism);
  return { ...served, mediaPort: Number(ports.PRISM_MEDIA_PORT) };
}

/** A call whose id is known. */
async function openCall(url: string, key = KEY): Promise<MediaSocketClient> {
  const headers = { authorization: `Bearer ${key}` };
  const call = await MediaSocketClient.connect(url, { headers });
  await eventually('its id', () => call.callId !== '');
  return call;
}

function ownerOf({ callId }: { readonly callId: string }): number {
  return workerOfId(callId, WORKER_COUNT);
}

/** How many of these calls each worker has. */
function spread(calls: readonly { readonly callId: string }[]): readonly number[] {
  return [0, 1].map((index) => calls.filter((call) => ownerOf(call) === index).length);
}

suite('calls of two workers', () => {
  let prism: PrismProcess;
  let url: string;
  let mediaPort: number;

  before(async () => {
    ({ prism, url, mediaPort } = await serveWorkers());
  });
  after(() => prism.stop());

  async function post(path: string): Promise<number> {
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: AUTHORIZATION });
    await response.arrayBuffer();
    return response.status;
  }

  test('[WRK2] [WRK3] calls over one connection go to both, and each is hung up from there', async () => {
    const calls: RtcClient[] = [];
    for (let count = 0; count < 4; count += 1)
      calls.push(await RtcClient.connect(url, AUTHORIZATION));
    assert.deepEqual(spread(calls), [2, 2]);
    for (const call of calls) {
      await eventually('the session', () => call.eventOf('session.created'));
      const ports = [...call.remoteSdp.matchAll(/^a=candidate:\S+ 1 \S+ \d+ \S+ (\d+)/gm)];
      assert.deepEqual(
        [...new Set(ports.map(([, port]) => Number(port)))],
        [mediaPort + ownerOf(call)],
      );
    }
    for (const call of calls) {
      const path = `/v1/realtime/calls/${call.callId}/hangup`;
      assert.equal(await post(path), 200);
      await eventuallyAsync('the end', async () => (await post(path)) === 404);
    }
    for (const call of calls) call.close();
  });

  test('[WRK3] sidebands and returns get to the call, whichever worker they come to', async () => {
    await eventuallyAsync('no calls', async () => (await liveCountOf(url)) === 0);
    const calls = await Promise.all(Array.from({ length: 8 }, async () => openCall(url)));
    // A connection that asks for something else counts for a moment too.
    const [one = 0, other = 0] = spread(calls);
    assert.ok(Math.abs(one - other) <= 2, `${one}, ${other}`);
    for (const call of calls) {
      const query = `/v1/realtime?call_id=${call.callId}`;
      const sidebands = [
        await SocketClient.open(url, query, { headers: AUTHORIZATION }),
        await SocketClient.open(url, query, { headers: AUTHORIZATION }),
      ];
      sidebands[0]?.send({ type: 'response.create' });
      await eventually('the answer', () => call.eventOf('response.done'));
      await eventually('its word', () => sidebands[1]?.eventOf('response.done'));
      call.vanish();
      const back = await MediaSocketClient.connect(url, {
        headers: AUTHORIZATION,
        query: { call_id: call.callId },
      });
      await eventually('the way back', () => back.callId === call.callId);
      assert.equal(await post(`/v1/prism/sessions/${call.callId}/end`), 200);
      await eventually('the end', () => back.end);
      await eventually('the end of the sideband', () => sidebands[0]?.close);
    }
  });
});

suite('what two workers share', () => {
  let prism: PrismProcess;
  let url: string;

  before(async () => {
    ({ prism, url } = await serveWorkers({
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

suite('the end of two workers', () => {
  test('[WRK10] SIGTERM drains both, and nobody is lost before the deadline', async () => {
    const { prism, url } = await serveWorkers({ PRISM_DRAIN_MS: '2000' });
    const calls = await Promise.all([0, 1, 2, 3].map(async () => openCall(url)));
    for (const call of calls) {
      await eventually('the session', () => call.eventOf('session.created'));
      call.send({ type: 'prism.transcript.subscribe' });
      call.send({ type: 'response.create' });
      await eventually('an answer', () => call.eventOf('prism.transcript.entry'));
    }
    prism.signal('SIGTERM');
    for (const call of calls) await eventually('word', () => call.eventOf('prism.server.draining'));
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /"reasons":\["draining"\]/);
    for (const call of calls) call.send({ type: 'response.create' });
    for (const call of calls) await eventually('another one', () => answersOf(call) === 2);
    assert.equal(calls.filter(({ end }) => end !== undefined).length, 0);
    assert.equal(await prism.exitCode(), 0);
    for (const call of calls) await eventually('1012', () => call.end?.code === 1_012);
    const ended = prism.log.filter(({ msg }) => msg === 'call ended');
    assert.deepEqual(
      ended.map(({ worker }) => Number(worker)).sort((one, other) => one - other),
      [0, 0, 1, 1],
    );
  });

  test('[WRK13] after a restart calls go on, with another number of workers too', async () => {
    const env = {
      PRISM_DRAIN_MS: '600000',
      PRISM_TOKEN_KEYS: 'a token key of thirty-two characters',
      PRISM_STORAGE_PATH: join(folder, 'restart.sqlite'),
    };
    let { prism, url } = await serveWorkers(env);
    let calls = await Promise.all([0, 1, 2, 3].map(async () => openCall(url)));
    for (const workerCount of ['1', '2']) {
      for (const call of calls) {
        call.send({ type: 'prism.transcript.subscribe' });
        call.send({ type: 'response.create' });
        await eventually('an answer', () => call.eventOf('prism.transcript.entry'));
      }
      prism.signal('SIGTERM');
      for (const call of calls) {
        await eventually('draining', () => call.eventOf('prism.server.draining'));
        call.send({ type: 'prism.session.move' });
        await eventually('the record', () => call.eventOf('prism.session.moved'));
      }
      assert.equal(await prism.exitCode(), 0);
      ({ prism, url } = await serveWorkers({ ...env, PRISM_WORKERS: workerCount }));
      const next: MediaSocketClient[] = [];
      for (const { callId } of calls) {
        const query = { call_id: callId };
        next.push(await MediaSocketClient.connect(url, { headers: AUTHORIZATION, query }));
        await eventually('the call', () => next.at(-1)?.callId === callId);
      }
      calls = next;
    }
    for (const call of calls) call.close();
    await prism.stop();
  });

  test('[WRK9] a worker that is killed is named and comes back, and the other one goes on', async () => {
    const { prism, url } = await serveWorkers();
    const calls = await Promise.all([0, 1, 2, 3].map(async () => openCall(url)));
    await eventuallyAsync('word of all', async () => (await liveCountOf(url)) === calls.length);
    const [pid] = prism.childPids();
    process.kill(pid ?? assert.fail(), 'SIGKILL');
    await eventually('two ends', () => calls.filter(({ end }) => end !== undefined).length === 2);
    const lost = await eventually('the log', () =>
      prism.log.find(({ msg }) => msg === 'a worker has ended, and its calls with it'),
    );
    assert.deepEqual([lost['sessions'], lost['how'], lost['againMs']], [2, 'SIGKILL', 250]);
    const [gone] = calls.filter(({ end }) => end !== undefined);
    const hangUp = async (): Promise<string> => {
      const path = `/v1/realtime/calls/${gone?.callId}/hangup`;
      const response = await fetch(`${url}${path}`, { method: 'POST', headers: AUTHORIZATION });
      const { error } = (await response.json()) as { error: { code: string } };
      return `${response.status} ${error.code}`;
    };
    assert.equal(await hangUp(), '503 worker_unavailable');
    await assert.rejects(
      MediaSocketClient.connect(url, {
        headers: AUTHORIZATION,
        query: { call_id: gone?.callId ?? '' },
      }),
      /HTTP 503.*worker_unavailable/,
    );
    const others = calls.filter(({ end }) => end === undefined);
    for (const call of others) {
      assert.notEqual(ownerOf(call), lost['worker']);
      call.send({ type: 'response.create' });
      await eventually('an answer', () => call.eventOf('response.done'));
    }
    await eventually(
      'the worker',
      () => prism.log.some(({ msg }) => msg === 'a worker is back'),
      30_000,
    );
    await eventuallyAsync('no warning', async () =>
      (await (await fetch(`${url}/readyz`)).text()).includes('"warnings":[]'),
    );
    assert.equal(await hangUp(), '404 call_id_not_found');
    const next = await openCall(url);
    assert.equal(ownerOf(next), lost['worker']);
    next.close();
    for (const call of others) call.close();
    assert.equal(await prism.stop(), 0);
  });

  test('[WRK11] workers end with their supervisor', async () => {
    const { prism, url } = await serveWorkers({ PRISM_DRAIN_MS: '600000' });
    const call = await openCall(url);
    await eventually('the session', () => call.eventOf('session.created'));
    const pids = prism.childPids();
    assert.equal(pids.length, WORKER_COUNT);
    prism.signal('SIGKILL');
    await eventually('the end', () => call.end?.code === 1_012);
    await eventually('the ends', () => pids.every((pid) => !isRunning(pid)));
  });
});

suite('the start of workers', () => {
  test('[WRK1] one worker is one process', async () => {
    const { prism, url } = await PrismProcess.serve({ ...upstream.env });
    started.push(prism);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.deepEqual(prism.childPids(), []);
    assert.equal(await prism.stop(), 0);
  });

  test('[WRK12] what workers lack is said at the start, and nothing is left running', async (t) => {
    const taken = createSocket('udp4');
    t.after(() => taken.close());
    const ports = await freeWorkerPortVariables(WORKER_COUNT);
    await new Promise<void>((resolve) => {
      taken.bind(Number(ports.PRISM_MEDIA_PORT) + 1, () => resolve());
    });
    const env = { ...upstream.env, ...ports, PRISM_WORKERS: String(WORKER_COUNT) };
    const file = join(folder, 'refused.sqlite');
    for (const [variables, pattern] of [
      [{}, /storage must be a file/],
      [{ PRISM_STORAGE_PATH: file, PRISM_MAX_SESSIONS: '1' }, /each of 2 workers has its share/],
      [
        { PRISM_STORAGE_PATH: file, PRISM_PORT: ports.PRISM_MEDIA_PORT },
        /among the ports of media/,
      ],
      [{ PRISM_STORAGE_PATH: file, PRISM_MEDIA_PORT: '65535' }, /there is no port 65536/],
      [{ PRISM_STORAGE_PATH: file }, /media can't be opened.*Worker 1 has ended at its start/s],
    ] as const) {
      const prism = PrismProcess.run(['serve'], { ...env, ...variables });
      started.push(prism);
      assert.equal(await prism.exitCode(), 1);
      assert.match(prism.errorOutput, pattern);
    }
  });

  test('[WRK3] over TLS requests get to their worker too', async () => {
    const { prism, url } = await serveWorkers({ PRISM_DEV_TLS: '1', XDG_CACHE_HOME: folder });
    const ask = async (
      path: string,
      { method = 'POST', headers = {}, body = '' },
    ): Promise<IncomingMessage> => {
      const asked = request(`${url.replace('http', 'https')}${path}`, {
        ...{ method, rejectUnauthorized: false, agent: false },
        headers: { ...AUTHORIZATION, ...headers },
      });
      asked.end(body);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return response;
    };
    const body = await RtcClient.makeOffer();
    const paths: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const headers = { 'content-type': 'application/sdp' };
      const answered = await ask('/v1/realtime/calls', { headers, body });
      assert.equal(answered.statusCode, 201);
      paths.push(answered.headers.location ?? '');
    }
    assert.deepEqual(spread(paths.map((path) => ({ callId: path }))), [2, 2]);
    for (const path of paths) {
      const ended = await ask(`${path}/hangup`, {});
      assert.equal(ended.statusCode, 200);
    }
    // A WebSocket that is handed on is refused by the worker that knows.
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    for (const callId of ['rtc_gone0', 'rtc_gone1']) {
      const refused = await ask(`/v1/realtime?call_id=${callId}`, { method: 'GET', headers });
      assert.equal(refused.statusCode, 404);
    }
    assert.equal(await prism.stop(), 0);
  });
});

function answersOf({ events }: MediaSocketClient): number {
  return events.filter(({ type }) => type === 'response.done').length;
}

async function liveCountOf(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/prism/capacity`, { headers: AUTHORIZATION });
  const { sessions } = (await response.json()) as { sessions: { live: number } };
  return sessions.live;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
