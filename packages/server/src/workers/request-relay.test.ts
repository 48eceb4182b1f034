import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { askWorker, InnerDoor } from './inner-door.ts';
import { relayRequest } from './request-relay.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-relay-'));
const socketPath = join(folder, 'inner');
const FORGED = JSON.stringify(['203.0.113.9', 1, true]);

/** What the worker behind saw. */
interface Seen {
  readonly body: string;
  readonly url: string | undefined;
  readonly address: string | undefined;
  readonly isTls: boolean;
  readonly headers: IncomingMessage['headers'];
}

suite('requests that one worker hands on to another', () => {
  let inner: InnerDoor;
  let front: Server;
  let failedCount = 0;

  before(async () => {
    inner = await InnerDoor.open(socketPath, {
      request: (request, response) => void tell(request, response),
      upgrade: () => assert.fail('nobody upgrades'),
      questions: {
        half: async (asked) => Number(asked) / 2,
        fails: () => Promise.reject(new Error()),
      },
    });
    front = createServer((request, response) => {
      const isGone = request.url === '/gone';
      relayRequest(request, response, {
        socketPath: isGone ? `${socketPath}-gone` : socketPath,
        failed: () => {
          failedCount += 1;
          response.writeHead(503).end();
        },
      });
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
  });
  after(async () => {
    front.close();
    await inner.close();
    rmSync(folder, { recursive: true });
  });

  async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { url, headers, socket } = request;
    const isTls = 'encrypted' in socket && socket.encrypted === true;
    const seen: Seen = { body, url, address: socket.remoteAddress, isTls, headers };
    response.writeHead(201, { location: '/there' }).end(JSON.stringify(seen));
  }

  async function send(
    method: string,
    path: string,
    { body, headers = {} }: { readonly body?: string; readonly headers?: object } = {},
  ): Promise<{
    readonly status: number | undefined;
    readonly seen: Seen;
    readonly location: unknown;
  }> {
    const { port } = front.address() as AddressInfo;
    const options = {
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...headers },
      agent: false,
    };
    const request = httpRequest(options);
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const { statusCode: status, headers: told } = response;
    return { status, seen: JSON.parse(text || '{}') as Seen, location: told.location };
  }

  test('[WRK3] method, path, body and headers arrive, and the answer comes back', async () => {
    const { status, seen, location } = await send('PATCH', '/v1/x?y=1', {
      body: 'v=0',
      headers: { 'content-type': 'application/sdp', authorization: 'Bearer k' },
    });
    assert.deepEqual([status, location, seen.body, seen.url], [201, '/there', 'v=0', '/v1/x?y=1']);
    const { authorization, 'content-type': type } = seen.headers;
    assert.deepEqual([authorization, type], ['Bearer k', 'application/sdp']);
    const empty = await send('POST', '/v1/hangup', { headers: { 'content-length': '0' } });
    assert.deepEqual([empty.seen.body, empty.seen.headers['transfer-encoding']], ['', undefined]);
  });

  test('[WRK14] the worker sees the client, and nothing of what a client says it is', async () => {
    const { seen } = await send('GET', '/', { headers: { 'X-Prism-Worker-Client': FORGED } });
    assert.deepEqual([seen.address, seen.isTls], ['127.0.0.1', false]);
    assert.equal('x-prism-worker-client' in seen.headers, false);
  });

  test('[WRK9] where there is no worker the client is told', async () => {
    const { status } = await send('POST', '/gone', { body: 'v=0' });
    assert.deepEqual([status, failedCount], [503, 1]);
  });

  test('[WRK8] workers ask one another, and go without an answer that does not come', async () => {
    assert.equal(await askWorker(socketPath, 'half', '7'), 3.5);
    assert.equal(await askWorker(socketPath, 'fails'), undefined);
    assert.equal(await askWorker(socketPath, 'unknown'), undefined);
    assert.equal(await askWorker(`${socketPath}-gone`, 'half', '7'), undefined);
  });
});
