import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { afterEach, test } from 'node:test';
import {
  closeOpened,
  codeOf,
  connect,
  KEY,
  opened,
  socketUrl,
  start,
} from '../testing-doubles/engine-bench.ts';
import { SocketClient } from '../testing-doubles/socket-client.ts';
import { MESSAGE_BYTES_MAX } from './realtime-door.ts';

afterEach(closeOpened);

function errorOf(text: string): Record<string, unknown> {
  return (JSON.parse(text) as { error: Record<string, unknown> }).error;
}

test('[ENG1] a client with the key is greeted with session.created and its own model', async () => {
  const { engine } = await start();
  const client = connect(engine);
  const created = await client.next('session.created');
  assert.equal((created['session'] as { model: string }).model, 'gpt-realtime');
  assert.equal(client.events.length, 1);
  assert.match(String(created['event_id']), /^event_[A-Za-z0-9]{21}$/);
});

test('[ENG4] the key is taken from the header, the api-key header or a subprotocol', async () => {
  const { engine } = await start();
  for (const headers of [{ authorization: `Bearer ${KEY}` }, { 'api-key': KEY }]) {
    await connect(engine, undefined, headers).next('session.created');
  }
  const browser = new SocketClient(socketUrl(engine), {
    protocols: ['realtime', `openai-insecure-api-key.${KEY}`, 'openai-agents-sdk.0.20.0'],
  });
  opened.push(browser);
  await browser.next('session.created');
  assert.equal(browser.socket.protocol, 'realtime');
});

test('[ENG3] a wrong or missing key is told on the open socket and closed with 3000', async () => {
  const { engine } = await start();
  for (const headers of [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Bearer ek_no' },
  ]) {
    const client = connect(engine, undefined, headers);
    assert.deepEqual(await client.ended, {
      type: 'closed',
      code: 3000,
      reason: 'invalid_request_error.invalid_api_key',
    });
    assert.equal(codeOf(client.events[0]), 'invalid_api_key');
  }
  assert.equal(engine.describe().sessionCount, 0);
});

test('[ENG2] the beta wire is refused with 4000, by header and by subprotocol', async () => {
  const { engine } = await start();
  const byHeader = connect(engine, undefined, {
    authorization: `Bearer ${KEY}`,
    'openai-beta': 'realtime=v1',
  });
  const byProtocol = new SocketClient(socketUrl(engine), {
    protocols: ['realtime', `openai-insecure-api-key.${KEY}`, 'openai-beta.realtime-v1'],
  });
  for (const client of [byHeader, byProtocol]) {
    assert.deepEqual(await client.ended, {
      type: 'closed',
      code: 4000,
      reason: 'invalid_request_error.beta_api_shape_disabled',
    });
  }
});

test('[ENG5] requests that cannot become a session are refused with OpenAI errors', async () => {
  const { engine } = await start();
  const cases: readonly (readonly [string, number, string])[] = [
    ['', 400, 'missing_required_parameter'],
    ['?intent=translation', 400, 'invalid_value'],
    ['?call_id=rtc_x', 404, 'call_id_not_found'],
  ];
  for (const [query, status, code] of cases) {
    const end = await connect(engine, query).ended;
    assert.ok(end.type === 'refused', query);
    assert.equal(end.status, status);
    const error = errorOf(end.body);
    assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
    assert.equal(error['code'], code);
  }
  const other = new SocketClient(`ws://127.0.0.1:${engine.port}/v1/other`);
  const end = await other.ended;
  assert.ok(end.type === 'refused' && end.status === 404);
  const page = await fetch(engine.url);
  assert.equal(page.status, 404);
  assert.equal(errorOf(await page.text())['code'], 'unknown_url');
});

test('[ENG5] sessions beyond the limit are refused with 503, and a place that is left is free', async () => {
  const { engine } = await start({ sessionCountMax: 1 });
  const first = connect(engine);
  await first.next('session.created');
  const end = await connect(engine).ended;
  assert.ok(end.type === 'refused' && end.status === 503);
  assert.equal(errorOf(end.body)['code'], 'session_limit_reached');
  first.close();
  await first.ended;
  await connect(engine).next('session.created');
});

test('[ENG5] without keys only pages of this machine or of a named origin may connect', async () => {
  const { engine } = await start({ apiKeys: [], allowedOrigins: ['https://good.example'] });
  for (const origin of ['http://localhost:8080', 'https://good.example']) {
    await connect(engine, undefined, { origin }).next('session.created');
  }
  await connect(engine, undefined, {}).next('session.created');
  const end = await connect(engine, undefined, { origin: 'https://evil.example' }).ended;
  assert.ok(end.type === 'refused' && end.status === 403);
});

test('[ENG6] a message of more than 15 MiB closes the session with 1009', async () => {
  const { engine } = await start();
  const client = connect(engine);
  await client.next('session.created');
  client.socket.send('x'.repeat(MESSAGE_BYTES_MAX + 1));
  const end = await client.ended;
  assert.ok(end.type === 'closed' && end.code === 1009);
});

test('[ENG6] a binary message is answered with an error', async () => {
  const { engine } = await start();
  const client = connect(engine);
  client.socket.on('open', () => client.socket.send(Buffer.from([1, 2, 3])));
  const { error } = await client.next('error');
  assert.equal((error as { code: string }).code, 'invalid_event');
});

test('[ENG23] intent=transcription opens a transcription session', async () => {
  const { engine } = await start();
  const created = await connect(engine, '?intent=transcription').next('session.created');
  assert.equal((created['session'] as { type: string }).type, 'transcription');
});

test('[ENG5] a request target that is no URL, and a client that hangs up at once, harm nobody', async () => {
  const { engine } = await start({ apiKeys: [], allowedOrigins: [] });
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = createConnection({ port: engine.port, host: '127.0.0.1' });
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', () => undefined);
      socket.end(text);
    });
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nHost: x\r\n';
  const handshake = `${upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
  for (const target of ['//', 'http://', '/%', '/v1/realtime?model=%', '*']) {
    await raw(`GET ${target} HTTP/1.1\r\n${handshake}`);
    await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  }
  const foreign = `POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
  assert.match(await raw(foreign), /403.*origin_not_allowed/s);
  await connect(engine, undefined, {}).next('session.created');
});

test('[ENG5] an address that is taken rejects', async () => {
  const { engine } = await start();
  await assert.rejects(start({ port: engine.port }), /EADDRINUSE/);
});
