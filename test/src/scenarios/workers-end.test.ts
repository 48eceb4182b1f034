import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
import {
  AUTHORIZATION,
  liveCountOf,
  openCall,
  ownerOf,
  TwoWorkers,
  WORKER_COUNT,
} from '../harness/two-workers.ts';

let workers: TwoWorkers;
before(async () => {
  workers = await TwoWorkers.start();
});
after(() => workers.close());

suite('the end of two workers', () => {
  test('[WRK10] SIGTERM drains both, and nobody is lost before the deadline', async () => {
    const { prism, url } = await workers.serve({ PRISM_DRAIN_MS: '2000' });
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
      PRISM_STORAGE_PATH: join(workers.folder, 'restart.sqlite'),
    };
    let { prism, url } = await workers.serve(env);
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
      ({ prism, url } = await workers.serve({ ...env, PRISM_WORKERS: workerCount }));
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
    const { prism, url } = await workers.serve();
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
    const { prism, url } = await workers.serve({ PRISM_DRAIN_MS: '600000' });
    const call = await openCall(url);
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
