import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { workerOfId } from '@prism/core';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freeWorkerPortVariables } from '../harness/free-port.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
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
    const calls = await Promise.all(
      Array.from({ length: 8 }, async () =>
        MediaSocketClient.connect(url, { headers: AUTHORIZATION }),
      ),
    );
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

suite('the end of two workers', () => {
  test('[WRK10] SIGTERM drains both, and nobody is lost before the deadline', async () => {
    const { prism, url } = await serveWorkers({ PRISM_DRAIN_MS: '2000' });
    const calls = await Promise.all(
      [0, 1, 2, 3].map(async () => MediaSocketClient.connect(url, { headers: AUTHORIZATION })),
    );
    for (const call of calls) {
      await eventually('the session', () => call.eventOf('session.created'));
      call.send({ type: 'prism.transcript.subscribe' });
      call.send({ type: 'response.create' });
      await eventually('an answer', () => call.eventOf('prism.transcript.entry'));
    }
    prism.signal('SIGTERM');
    for (const call of calls)
      await eventually('word', () => call.eventOf('prism.server.draining'));
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /"reasons":\["draining"\]/);
    for (const call of calls) call.send({ type: 'response.create' });
    for (const call of calls) await eventually('another one', () => answersOf(call) === 2);
    assert.equal(calls.filter(({ end }) => end !== undefined).length, 0);
    assert.equal(await prism.exitCode(), 0);
    for (const call of calls) await eventually('1012', () => call.end?.code === 1_012);
    const ended = prism.log.filter(({ msg }) => msg === 'call ended');
    assert.deepEqual(ended.map(({ worker }) => worker).sort(), [0, 0, 1, 1]);
  });

  test('[WRK9] a worker that is killed is named and comes back, and the other one goes on', async () => {
    const { prism, url } = await serveWorkers();
    const calls = await Promise.all(
      [0, 1, 2, 3].map(async () => MediaSocketClient.connect(url, { headers: AUTHORIZATION })),
    );
    await eventuallyAsync('word of all', async () => (await liveCountOf(url)) === calls.length);
    const [pid] = prism.childPids();
    process.kill(pid ?? assert.fail(), 'SIGKILL');
    await eventually('two ends', () => calls.filter(({ end }) => end !== undefined).length === 2);
    const lost = await eventually('the log', () =>
      prism.log.find(({ msg }) => msg === 'a worker has ended, and its calls with it'),
    );
    assert.deepEqual([lost['sessions'], lost['how'], lost['againMs']], [2, 'SIGKILL', 250]);
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
    const next = await MediaSocketClient.connect(url, { headers: AUTHORIZATION });
    assert.equal(ownerOf(next), lost['worker']);
    next.close();
    for (const call of others) call.close();
    assert.equal(await prism.stop(), 0);
  });

  test('[WRK11] workers end with their supervisor', async () => {
    const { prism, url } = await serveWorkers({ PRISM_DRAIN_MS: '600000' });
    const call = await MediaSocketClient.connect(url, { headers: AUTHORIZATION });
    await eventually('the session', () => call.eventOf('session.created'));
    const pids = prism.childPids();
    assert.equal(pids.length, WORKER_COUNT);
    prism.signal('SIGKILL');
    await eventually('the end', () => call.end?.code === 1_012);
    await eventually('the ends', () => pids.every((pid) => !isRunning(pid)));
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
