import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { frameDatagram } from '@prism/protocol';
import { fullKey, JweSeal, type SealedClaims, tokenKeyOf } from '@prism/server/internal';
import WebSocket from 'ws';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { checkFor } from '../harness/front-bench.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SocketClient } from '../harness/socket-client.ts';

const SERVER_KEY = 'the-server-key-of-the-walk';
const TOKEN_KEY = 'a token key of at least thirty-two characters';
const FOREIGN = 'https://evil.example';

/** Routes that everybody may use; whatever else is public fails the walk. */
const PUBLIC: ReadonlySet<string> = new Set([
  'GET /healthz',
  'HEAD /healthz',
  'GET /readyz',
  'HEAD /readyz',
  // Preflights, which browsers send without a key; they tell an allowed origin what it may send, and nobody else.
  'OPTIONS /v1*',
  'OPTIONS /openai/v1*',
]);

/** The playground: its page, its script, its style, and nothing that isn't a file of it. */
const PLAYGROUND_FILE =
  /^(?:GET|HEAD) \/(?:index\.html|assets\/[\w.-]+|[\w-]+\.(?:svg|ico|png|webmanifest))?$/;

type Need = PrismUnderTest['prism']['routes'][number]['need'];

interface Caller {
  readonly who: string;
  readonly headers: Record<string, string>;
  /** The code that it gets where `need` is asked for. */
  readonly code: (need: Need) => string;
}

suite('the walk along every way in', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;
  let callers: readonly Caller[];
  /** When a client secret that is made now expires: what the server says, so that no clock is asked here. */
  let expiresAtS: number;
  /** Upstream connections of those who were let in, before the walk. */
  let dialledBefore: number;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      apiKeys: SERVER_KEY,
      tokenKeys: TOKEN_KEY,
      audience: 'the walk',
      allowedOrigins: ['https://app.example'],
      turnUrls: 'turn:turn.example.com:3478',
      turnSecret: 'shared',
    });
    callers = await makeCallers();
    dialledBefore = upstream.handshakes.length;
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  /** A client secret as this deployment makes them, but for what the test changes. */
  async function secret(change: Partial<SealedClaims>): Promise<string> {
    const claims: SealedClaims = {
      id: 'walk',
      audience: 'the walk',
      expiresAtS,
      keyId: fullKey(SERVER_KEY).id,
      grants: {
        agent: undefined,
        variables: {},
        user: undefined,
        usesMax: undefined,
        origins: undefined,
        policy: {
          preset: undefined,
          allowedClientEvents: undefined,
          allowedServerEvents: undefined,
        },
        limits: undefined,
        session: undefined,
      },
    };
    return `ek_${await new JweSeal([tokenKeyOf(TOKEN_KEY)]).seal({ ...claims, ...change })}`;
  }

  async function mint(body: object): Promise<string> {
    const response = await fetch(`${server.url}/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const minted = (await response.json()) as { value: string; expires_at: number };
    expiresAtS = minted.expires_at;
    return minted.value;
  }

  /** A client secret for one session, which has been opened and closed with it. */
  async function usedSecret(): Promise<string> {
    const value = await mint({ prism: { uses: 1 } });
    const headers = { authorization: `Bearer ${value}` };
    const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
    await eventually('a session', () => client.eventOf('session.created'));
    client.socket.close();
    await eventually('the end of the session', () => server.liveCalls() === 0);
    return value;
  }

  async function makeCallers(): Promise<readonly Caller[]> {
    const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
    const always =
      (code: string): (() => string) =>
      () =>
        code;
    const used = await usedSecret();
    const good = await secret({});
    const changed = good.at(-12) === 'A' ? 'B' : 'A';
    const hourS = 3_600;
    return [
      { who: 'anonymous', headers: {}, code: always('invalid_api_key') },
      { who: 'unknown key', headers: bearer('unknown'), code: always('invalid_api_key') },
      {
        who: 'expired',
        headers: bearer(await secret({ expiresAtS: expiresAtS - hourS })),
        // As the next but one, it controls its own calls as long as they last.
        code: (need) => (need === 'calls' ? 'call_id_not_found' : 'ephemeral_key_expired'),
      },
      {
        who: 'of another deployment',
        headers: bearer(await secret({ audience: 'elsewhere' })),
        code: always('invalid_api_key'),
      },
      {
        who: 'of another key',
        headers: bearer(await secret({ keyId: 'key_of_nobody' })),
        code: always('invalid_api_key'),
      },
      {
        who: 'tampered',
        headers: bearer(`${good.slice(0, -12)}${changed}${good.slice(-11)}`),
        code: always('invalid_api_key'),
      },
      {
        who: 'replayed',
        headers: bearer(used),
        code: (need) => {
          // It controls its own calls as long as they last, and none is left.
          if (need === 'calls') return 'call_id_not_found';
          return need === 'sessions' || need === 'any_key'
            ? 'client_secret_used_up'
            : 'insufficient_permissions';
        },
      },
      {
        who: 'of a foreign origin',
        headers: { ...bearer(SERVER_KEY), origin: FOREIGN },
        code: always('origin_not_allowed'),
      },
      {
        who: 'of no origin',
        headers: { ...bearer(SERVER_KEY), origin: 'null' },
        code: always('origin_not_allowed'),
      },
    ];
  }

  /** The code of the answer, as far as there is a body. */
  async function ask(
    { method, url }: { readonly method: string; readonly url: string },
    headers: Record<string, string>,
  ): Promise<{ readonly status: number; readonly code: string }> {
    const isSdp = /\/calls(?:\/:callId)?$/.test(url);
    const path = url.replace(':callId', 'rtc_walk').replace('*', 'anything');
    const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(hasBody ? { 'content-type': isSdp ? 'application/sdp' : 'application/json' } : {}),
      },
      ...(hasBody ? { body: isSdp ? 'v=0\r\n' : '{}' } : {}),
    });
    const text = await response.text();
    const parsed = /"code":"(\w+)"/.exec(text)?.[1];
    return { status: response.status, code: parsed ?? '' };
  }

  function assertNobodyDialled(): void {
    assert.equal(upstream.handshakes.length, dialledBefore);
    assert.equal(server.liveCalls(), 0);
  }

  test('[ACC4] every route is classified, and what is public is on the list', () => {
    const routes = server.prism.routes.map((route) => ({
      ...route,
      name: `${route.method} ${route.url}`,
      need: route.need,
    }));
    assert.ok(routes.length > 20, `${routes.length} routes`);
    for (const { name, need } of routes) {
      const isPublic = PUBLIC.has(name) || PLAYGROUND_FILE.test(name);
      const isGuarded = need !== undefined && need !== 'nothing';
      assert.ok(isPublic !== isGuarded, `${name} needs '${String(need)}': classify it`);
    }
    for (const name of PUBLIC)
      assert.ok(
        routes.some((route) => route.name === name),
        name,
      );
  });

  test('[ACC4] every guarded route refuses every one of them', async () => {
    let askedCount = 0;
    for (const route of server.prism.routes) {
      if (route.need === undefined || route.need === 'nothing') continue;
      for (const { who, headers, code } of callers) {
        const answer = await ask(route, headers);
        const what = `${who}: ${route.method} ${route.url}`;
        assert.ok([401, 403, 404].includes(answer.status), `${what} ${answer.status}`);
        if (route.method !== 'HEAD') assert.equal(answer.code, code(route.need), what);
        askedCount += 1;
      }
    }
    assert.ok(askedCount > 100, String(askedCount));
    assertNobodyDialled();
  });

  test('[ACC4] what is not there is told to those who come in alone', async () => {
    for (const url of ['/v1/nothing', '/openai/v1/nothing', '/v1/realtime/calls/x/y/z']) {
      for (const { who, headers, code } of callers) {
        const answer = await ask({ method: 'POST', url }, headers);
        assert.equal(answer.code, code('any_key'), `${who}: ${url}`);
      }
    }
  });

  test('[ACC4] [ACC5] the playground is read by its own pages', async () => {
    for (const { method, url } of server.prism.routes) {
      if (!PLAYGROUND_FILE.test(`${method} ${url}`)) continue;
      const own = await fetch(`${server.url}${url}`, { method, headers: { origin: server.url } });
      assert.equal(own.status, 200, url);
      assert.equal(own.headers.get('content-security-policy'), "frame-ancestors 'self'");
      for (const origin of [FOREIGN, 'null', server.url.replace('http', 'HTTP')])
        assert.equal((await ask({ method, url }, { origin })).status, 403, `${origin} ${url}`);
    }
    const preflight = await fetch(`${server.url}/v1/realtime/calls`, {
      method: 'OPTIONS',
      headers: { origin: FOREIGN, 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  });

  /** The code that a handshake is refused with: over HTTP, or by the close of the socket. */
  async function shake(path: string, headers: Record<string, string>): Promise<string> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        if (code === 3000) resolve(reason.toString().replace('invalid_request_error.', ''));
      });
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(/"code":"(\w+)"/.exec(body)?.[1] ?? body));
      });
    });
  }

  test('[ACC4] every WebSocket refuses every one of them, as a session and as a sideband', async () => {
    const { upgradePaths } = server.prism;
    assert.deepEqual(upgradePaths, ['/v1/realtime', '/openai/v1/realtime', '/v1/prism/media']);
    for (const path of upgradePaths) {
      for (const { who, headers, code } of callers) {
        assert.equal(
          await shake(`${path}?model=m&format=pcm16`, headers),
          code('sessions'),
          `${who}: ${path}`,
        );
        const sideband = await shake(`${path}?call_id=rtc_walk&format=pcm16`, headers);
        assert.equal(sideband, code('calls'), `${who}: sideband ${path}`);
      }
    }
    for (const path of ['/', '/v1', '/v1/realtime/calls', '/v1/prism/info'])
      assert.equal(
        await shake(path, { authorization: `Bearer ${SERVER_KEY}` }),
        'unknown_url',
        path,
      );
    assertNobodyDialled();
  });

  test('[ACC4] the media port answers nobody without a call', async () => {
    const { port } = server.prism.info().media;
    const attempts = [
      checkFor({ ufrag: 'nobody', pwd: 'nobodynobodynobodynobody' }),
      Buffer.concat([
        Buffer.from('16fefd000000000000000000360100002a000000000000002afefd', 'hex'),
        Buffer.alloc(36, 7),
      ]),
      Buffer.concat([Buffer.from('80ef0001000000010000000198', 'hex'), Buffer.alloc(40)]),
      Buffer.from('anything'),
    ];
    const udp = createSocket('udp4');
    let answerCount = 0;
    udp.on('message', () => (answerCount += 1));
    for (const bytes of attempts) udp.send(bytes, port, '127.0.0.1');
    for (const bytes of attempts) {
      const tcp = connect(port, '127.0.0.1');
      tcp.on('data', () => (answerCount += 1));
      tcp.write(frameDatagram(bytes));
      await once(tcp, 'close');
    }
    udp.close();
    assert.equal(answerCount, 0);
    assertNobodyDialled();
  });
});
