import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-access-'));
after(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(url: string, key: string, body?: string): Promise<Answer> {
  const isSdp = url.endsWith('/calls');
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined
        ? {}
        : { 'content-type': isSdp ? 'application/sdp' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const parsed = (await response.json()) as Record<string, unknown>;
  const { error } = parsed as { error?: { code: string } };
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, code: error?.code ?? '', retryAfter, body: parsed };
}

/** Runs `prism keys …` and answers what it printed. */
async function keys(...args: readonly string[]): Promise<string> {
  const prism = PrismProcess.run(['keys', ...args]);
  assert.equal(await prism.exitCode(), 0, prism.errorOutput);
  return prism.output;
}

async function createKey(file: string, scope: string): Promise<{ key: string; id: string }> {
  const output = await keys('create', '--file', file, '--label', 'A back end', '--scope', scope);
  const key = /^ {2}Key {5}(prism_[\w-]{43})$/m.exec(output)?.[1];
  const id = /^ {2}Id {6}(key_\w+)$/m.exec(output)?.[1];
  assert.ok(key !== undefined && id !== undefined, output);
  return { key, id };
}

suite('the keys file of a running server', () => {
  let upstream: FakeUpstream;
  before(async () => {
    upstream = await FakeUpstream.start();
  });
  after(async () => upstream.close());

  test('[KEY3] [KEY4] [KEY5] [KEY6] [SCR12] keys come and go, and what runs goes on', async () => {
    const file = join(folder, 'keys');
    const first = await createKey(file, 'secrets, sessions');
    const server = await startPrism({
      keysFilePath: file,
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
    });
    const secrets = `${server.url}/v1/realtime/client_secrets`;
    assert.equal((await ask(secrets, 'anything', '{}')).code, 'invalid_api_key');
    const minted = await ask(secrets, first.key, '{}');
    assert.equal(minted.status, 200);
    const secret = String(minted.body['value']);
    const hangUp = await ask(`${server.url}/v1/realtime/calls/rtc_1/hangup`, first.key, '{}');
    assert.deepEqual([hangUp.status, hangUp.code], [403, 'insufficient_permissions']);

    const headers = { authorization: `Bearer ${secret}` };
    const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
    const session = await eventually('upstream session', () => upstream.sessions.at(-1));

    const second = await createKey(file, 'admin');
    const info = `${server.url}/v1/prism/info`;
    await eventuallyAsync(
      'the second key',
      async () => (await ask(info, second.key)).status === 200,
    );
    const list = await keys('list', '--file', file);
    assert.match(
      list,
      new RegExp(`^${first.id} +active +sessions,secrets +\\S+ +never +A back end$`, 'm'),
    );
    assert.doesNotMatch(list, /sha256|prism_/);

    await keys('revoke', first.id, '--file', file);
    await eventuallyAsync(
      'the end of the key',
      async () => (await ask(info, first.key)).status === 401,
    );
    assert.equal((await ask(info, secret)).code, 'invalid_api_key');
    client.send({ type: 'response.create' });
    await eventually('an event of the session that runs', () =>
      session.events.some((event) => event['type'] === 'response.create'),
    );

    writeFileSync(file, 'half a li');
    const ready = async (): Promise<readonly unknown[]> =>
      (await ask(`${server.url}/readyz`, '')).body['warnings'] as readonly unknown[];
    const warnings = await eventuallyAsync('a warning', async () => {
      const now = await ready();
      return now.length > 0 && now;
    });
    assert.match(String(warnings[0]), /can't be used: line 1 is no JSON/);
    assert.equal((await ask(`${server.url}/readyz`, '')).status, 200);
    assert.ok(server.log.some((entry) => entry['msg'] === 'server keys kept as they were'));
    assert.equal((await ask(info, second.key)).status, 200);
    writeFileSync(file, '');
    server.prism.reloadKeys();
    assert.deepEqual(await ready(), []);
    assert.equal((await ask(info, second.key)).status, 401);
    client.socket.close();
    await server.prism.close();
  });

  test('[KEY5] SIGHUP reads the file at once, and a file that is wrong is no start', async () => {
    const file = join(folder, 'hup');
    const { key } = await createKey(file, 'admin');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const env = {
      PRISM_KEYS_FILE: file,
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: upstream.baseUrl,
    };
    const { prism, url } = await PrismProcess.serve({ ...env, PRISM_LOG_FORMAT: 'json' });
    assert.equal((await ask(`${url}/v1/prism/info`, key)).status, 200);
    prism.signal('SIGHUP');
    await eventually('the entry', () =>
      prism.log.some((entry) => entry['msg'] === 'server keys read again'),
    );
    assert.equal(await prism.stop(), 0);
    writeFileSync(file, 'nonsense');
    const broken = PrismProcess.run(['serve'], env);
    assert.equal(await broken.exitCode(), 1);
    assert.match(
      broken.errorOutput,
      /^prism: The keys file .* can't be used: line 1 is no JSON\. Make it/,
    );
  });

  test('[KEY6] what can not be done is said in one line', async () => {
    const file = join(folder, 'refused');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ['create', '--file', file, '--label', 'x', '--scope', 'everything'],
        /There is no scope 'everything'/,
      ],
      [
        ['create', '--file', file, '--label', 'x', '--scope', 'admin', '--days', '0'],
        /--days takes/,
      ],
      [['create', '--label', 'x', '--scope', 'admin'], /No keys file is set/],
      [['revoke', 'key_1', '--file', file], /it has no key key_1/],
    ];
    for (const [args, message] of cases) {
      const prism = PrismProcess.run(['keys', ...args]);
      assert.equal(await prism.exitCode(), 1);
      assert.match(prism.errorOutput, message);
      assert.equal(prism.errorOutput.trim().split('\n').length, 1);
    }
  });
});

suite('rates and places', () => {
  let upstream: FakeUpstream;
  const servers: PrismUnderTest[] = [];
  before(async () => {
    upstream = await FakeUpstream.start();
  });
  after(async () => {
    for (const server of servers) await server.prism.close();
    await upstream.close();
  });

  async function start(settings: Parameters<typeof startPrism>[0]): Promise<PrismUnderTest> {
    const server = await startPrism({
      apiKeys: 'server-key',
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      ...settings,
    });
    servers.push(server);
    return server;
  }

  const HEADERS = { authorization: 'Bearer server-key' };

  test('[RAT1] [RAT7] more sessions than a minute has are refused, over HTTP and at the upgrade', async () => {
    const server = await start({ addressSessionRateMax: 2, keySecretRateMax: 1 });
    for (const _session of [1, 2])
      await SocketClient.open(server.url, '/v1/realtime', { headers: HEADERS });
    const refused = await SocketClient.refused(server.url, '/v1/realtime', HEADERS);
    assert.deepEqual([refused.status, refused.code], [429, 'rate_limit_exceeded']);
    const retryAfter = (refused.headers as Record<string, string>)['retry-after'];
    assert.ok(Number(retryAfter) >= 1 && Number(retryAfter) <= 60, retryAfter);
    const call = await ask(`${server.url}/v1/realtime/calls`, 'server-key', 'v=0');
    assert.deepEqual([call.status, call.code], [429, 'rate_limit_exceeded']);
    assert.ok(Number(call.retryAfter) >= 1 && Number(call.retryAfter) <= 60);
    assert.deepEqual(Object.keys((call.body as { error: object }).error), [
      'type',
      'code',
      'message',
      'param',
    ]);
    const secrets = `${server.url}/v1/realtime/client_secrets`;
    assert.equal((await ask(secrets, 'server-key', '{}')).status, 200);
    assert.equal((await ask(secrets, 'server-key', '{}')).code, 'rate_limit_exceeded');
    assert.equal((await ask(`${server.url}/v1/prism/info`, 'server-key')).status, 200);
  });

  test('[RAT3] [RAT7] a place that is taken is free again when its session ends', async () => {
    const server = await start({ userSessionCountMax: 1 });
    const minted = await ask(
      `${server.url}/v1/realtime/client_secrets`,
      'server-key',
      '{"prism":{"user":"user-1"}}',
    );
    const headers = { authorization: `Bearer ${String(minted.body['value'])}` };
    const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
    await eventually('the session', () => client.eventOf('session.created'));
    const refused = await SocketClient.refused(server.url, '/v1/realtime', headers);
    assert.deepEqual([refused.status, refused.code], [429, 'concurrent_sessions_exceeded']);
    assert.ok('retry-after' in refused.headers);
    client.socket.close();
    await eventually('the end of the session', () => server.liveCalls() === 0);
    const next = await SocketClient.open(server.url, '/v1/realtime', { headers });
    await eventually('the next session', () => next.eventOf('session.created'));
  });

  test('[RAT3] [ACC3] behind a trusted proxy each client has a place of its own', async () => {
    const server = await start({ addressSessionCountMax: 1, trustedProxies: '127.0.0.0/8' });
    const from = (address: string): Record<string, string> => ({
      ...HEADERS,
      'x-forwarded-for': address,
    });
    await SocketClient.open(server.url, '/v1/realtime', { headers: from('203.0.113.1') });
    await SocketClient.open(server.url, '/v1/realtime', { headers: from('203.0.113.2') });
    const forged = from('203.0.113.9, 203.0.113.1');
    const refused = await SocketClient.refused(server.url, '/v1/realtime', forged);
    assert.equal(refused.code, 'concurrent_sessions_exceeded');
  });

  test('[RAT5] events beyond the rate do not reach the upstream', async () => {
    const server = await start({ eventRateMax: 2 });
    const known = upstream.sessions.length;
    const client = await SocketClient.open(server.url, '/v1/realtime', { headers: HEADERS });
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('the session', () => client.eventOf('session.created'));
    for (let count = 0; count < 60; count += 1) client.send({ type: 'input_audio_buffer.clear' });
    const error = await eventually('the error', () => client.eventOf('error'));
    assert.equal((error['error'] as { code: string }).code, 'rate_limit_exceeded');
    await eventually('what passed', () => session.events.length >= 20);
    assert.ok(session.events.length < 30, String(session.events.length));
  });

  test('[SCR16] a secret joins its own call, and none if it is locked', async () => {
    const server = await start({});
    const offer = await RtcClient.makeOffer();
    for (const preset of ['browser', 'locked']) {
      const minted = await ask(
        `${server.url}/v1/realtime/client_secrets`,
        'server-key',
        JSON.stringify({ prism: { policy: { preset } } }),
      );
      const headers = { authorization: `Bearer ${String(minted.body['value'])}` };
      const response = await fetch(`${server.url}/v1/realtime/calls`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/sdp' },
        body: offer,
      });
      const callId = response.headers.get('location')?.split('/').at(-1) ?? '';
      const path = `/v1/realtime?call_id=${callId}`;
      if (preset === 'browser') {
        const sideband = await SocketClient.open(server.url, path, { headers });
        sideband.socket.close();
      } else {
        const refused = await SocketClient.refused(server.url, path, headers);
        assert.deepEqual([refused.status, refused.code], [403, 'insufficient_permissions']);
      }
      const hangUp = `${server.url}/v1/realtime/calls/${callId}/hangup`;
      assert.equal((await fetch(hangUp, { method: 'POST', headers })).status, 200);
    }
  });

  test('[RAT1] clients of a proxy that is not trusted count as one, and the log says what to do', async () => {
    const server = await start({ addressSessionRateMax: 1 });
    const headers = { ...HEADERS, 'x-forwarded-for': '203.0.113.1' };
    await SocketClient.open(server.url, '/v1/realtime', { headers });
    for (const address of ['203.0.113.2', '203.0.113.3']) {
      const other = { ...HEADERS, 'x-forwarded-for': address };
      const refused = await SocketClient.refused(server.url, '/v1/realtime', other);
      assert.equal(refused.code, 'rate_limit_exceeded');
    }
    const hints = server.log.filter((entry) => String(entry['msg']).includes('trustedProxies'));
    assert.deepEqual(
      hints.map((entry) => entry['address']),
      ['127.0.0.1'],
    );
  });

  test('[SCR10] a single-use secret opens one session of many that are asked for at once', async () => {
    const server = await start({});
    const secrets = `${server.url}/v1/realtime/client_secrets`;
    const minted = await ask(secrets, 'server-key', '{"prism":{"uses":1}}');
    const headers = { authorization: `Bearer ${String(minted.body['value'])}` };
    const dialledBefore = upstream.handshakes.length;
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
        await eventually('a word', () => client.events.length > 0);
        return client;
      }),
    );
    const created = clients.filter((client) => client.eventOf('session.created') !== undefined);
    assert.equal(created.length, 1);
    assert.equal(upstream.handshakes.length - dialledBefore, 1);
    for (const client of clients) {
      if (client === created[0]) continue;
      const close = await eventually('the close', () => client.close);
      assert.deepEqual(close, {
        code: 3000,
        reason: 'invalid_request_error.client_secret_used_up',
      });
    }
  });
});
