import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freeWorkerPortVariables } from '../harness/free-port.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import {
  AUTHORIZATION,
  liveCountOf,
  openCall,
  ownerOf,
  spread,
  TwoWorkers,
  WORKER_COUNT,
} from '../harness/two-workers.ts';

let workers: TwoWorkers;
before(async () => {
  workers = await TwoWorkers.start();
});
after(() => workers.close());

suite('calls of two workers', () => {
  let prism: PrismProcess;
  let url: string;
  let mediaPort: number;

  before(async () => {
    ({ prism, url, mediaPort } = await workers.serve());
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

suite('the start of workers', () => {
  test('[WRK1] one worker is one process', async () => {
    const { prism, url } = await PrismProcess.serve({ ...workers.upstream.env });
    workers.started.push(prism);
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
    const env = { ...workers.upstream.env, ...ports, PRISM_WORKERS: String(WORKER_COUNT) };
    const file = join(workers.folder, 'refused.sqlite');
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
      workers.started.push(prism);
      assert.equal(await prism.exitCode(), 1);
      assert.match(prism.errorOutput, pattern);
    }
  });

  test('[CFG13] the command, its workers and npm start run Node with the same young generation', async () => {
    const { prism } = await workers.serve();
    const lines = prism.commandLines();
    assert.equal(lines.length, 1 + WORKER_COUNT);
    for (const line of lines) assert.ok(line.includes('--max-semi-space-size=4'), line.join(' '));
    assert.equal(await prism.stop(), 0);
    const { scripts } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as { readonly scripts: { readonly start: string } };
    assert.match(scripts.start, / --max-semi-space-size=4 /);
  });

  test('[WRK3] over TLS requests get to their worker too', async () => {
    const { prism, url } = await workers.serve({
      PRISM_DEV_TLS: '1',
      XDG_CACHE_HOME: workers.folder,
    });
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
