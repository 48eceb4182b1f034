import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';

const SDP = { 'content-type': 'application/sdp' };

interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly message: string;
}

async function errorOf(response: Response): Promise<ErrorAnswer> {
  assert.match(response.headers.get('content-type') ?? '', /application\/json/);
  const body = (await response.json()) as {
    error: { code: string; type: string; message: string; param: unknown };
  };
  assert.deepEqual(Object.keys(body.error), ['type', 'code', 'message', 'param']);
  return { status: response.status, ...body.error };
}

/** The status of a GET that names another host, as a page behind a rebound name does; fetch can't send one. */
function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });
}

suite('HTTP', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      allowedOrigins: ['https://app.example'],
      sessionCountMax: 2,
    });
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  function post(
    path: string,
    body: string,
    headers: Record<string, string> = SDP,
  ): Promise<Response> {
    return fetch(`${server.url}${path}`, { method: 'POST', headers, body });
  }

  test('[HTP1] [HTP7] a call is answered with 201, SDP and its location', async () => {
    const response = await post('/v1/realtime/calls', await RtcClient.makeOffer());
    const answer = await response.text();
    assert.equal(response.status, 201);
    assert.match(
      response.headers.get('location') ?? '',
      /^\/v1\/realtime\/calls\/rtc_[A-Za-z0-9]{21}$/,
    );
    assert.match(response.headers.get('x-request-id') ?? '', /^req_/);
    assert.match(answer, /^a=msid:realtimeapi audio\r$/m);
    assert.match(answer, /^a=setup:active\r$/m);
    assert.match(answer, /^a=candidate:.* typ host/m);
    const hangup = await post(`${response.headers.get('location')}/hangup`, '', {});
    assert.deepEqual([hangup.status, await hangup.text()], [200, '']);
    const second = await errorOf(await post(`${response.headers.get('location')}/hangup`, '', {}));
    assert.deepEqual([second.status, second.code], [404, 'call_id_not_found']);
  });

  test('[HTP3] hanging up a call that never was is 404', async () => {
    for (const id of ['rtc_nope', 'nope', 'rtc_..%2F..']) {
      const error = await errorOf(await post(`/v1/realtime/calls/${id}/hangup`, '', {}));
      assert.deepEqual([error.status, error.code], [404, 'call_id_not_found']);
    }
  });

  test('[HTP2] bad input gets a code from the catalogue and leaves the server healthy', async () => {
    const offer = await RtcClient.makeOffer();
    const cases: readonly (readonly [Promise<Response>, number, string])[] = [
      [post('/v1/realtime/calls', 'hello'), 400, 'invalid_sdp'],
      [post('/v1/realtime/calls', ''), 400, 'invalid_sdp'],
      [
        post('/v1/realtime/calls', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'),
        400,
        'audio_section_required',
      ],
      [post('/v1/realtime/calls', offer.replace(/opus/g, 'speex')), 400, 'opus_required'],
      [
        post('/v1/realtime/calls', offer.replace(/a=fingerprint:.*/, 'a=fingerprint:sha-256 zz')),
        400,
        'invalid_sdp',
      ],
      [post('/v1/realtime/calls', 'v=0\r\n'.padEnd(70_000, 'a=x\r\n')), 413, 'request_too_large'],
      [
        post('/v1/realtime/calls', '{}', { 'content-type': 'application/json' }),
        415,
        'unsupported_media_type',
      ],
      [fetch(`${server.url}/v1/realtime/calls`), 404, 'unknown_url'],
      [fetch(`${server.url}/v1/nothing/here?x=1`), 404, 'unknown_url'],
    ];
    for (const [answer, status, code] of cases) {
      const error = await errorOf(await answer);
      assert.deepEqual([error.status, error.code], [status, code]);
    }
    assert.equal(server.liveCalls(), 0);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  });

  test('[HTP2] more sessions than there is room for are refused', async () => {
    const offers = await Promise.all([1, 2, 3].map(() => RtcClient.makeOffer()));
    const answers = [];
    for (const offer of offers) answers.push(await post('/v1/realtime/calls', offer));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [201, 201, 503],
    );
    for (const answer of answers.slice(0, 2))
      await post(`${answer.headers.get('location')}/hangup`, '', {});
    await eventually('no calls', () => server.liveCalls() === 0);
  });

  test('[HTP4] foreign pages and foreign host names are refused before anything happens', async () => {
    const dialled = upstream.handshakes.length;
    const offer = await RtcClient.makeOffer();
    const foreign = await errorOf(
      await post('/v1/realtime/calls', offer, { ...SDP, origin: 'https://evil.example' }),
    );
    assert.deepEqual([foreign.status, foreign.code], [403, 'origin_not_allowed']);
    assert.equal(await statusWithHost(`${server.url}/v1/realtime/calls`, 'evil.example'), 403);
    assert.equal(await statusWithHost(`${server.url}/v1/prism/info`, 'localhost'), 200);
    assert.equal(upstream.handshakes.length, dialled);
  });

  test('[HTP4] pages that are allowed may read what they need', async () => {
    const preflight = await fetch(`${server.url}/v1/realtime/calls`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, x-openai-agents-sdk',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example');
    assert.match(
      preflight.headers.get('access-control-allow-headers') ?? '',
      /x-openai-agents-sdk/,
    );
    const answer = await post('/v1/realtime/calls', await RtcClient.makeOffer(), {
      ...SDP,
      origin: 'https://app.example',
    });
    assert.equal(answer.status, 201);
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Location/);
    await post(`${answer.headers.get('location')}/hangup`, '', {});
  });

  test('[HTP6] readiness ends with draining', async () => {
    const other = await startPrism({ upstreamKind: 'realtime', upstreamBaseUrl: upstream.baseUrl });
    const client = await RtcClient.connect(other.url);
    await eventually('connection', () => client.isChannelOpen);
    const closing = other.prism.close();
    const ready = await fetch(`${other.url}/readyz`);
    assert.deepEqual(
      [ready.status, await ready.json()],
      [503, { status: 'not_ready', reasons: ['draining'], warnings: [] }],
    );
    const error = await errorOf(
      await fetch(`${other.url}/v1/realtime/calls`, {
        method: 'POST',
        headers: SDP,
        body: await RtcClient.makeOffer(),
      }),
    );
    assert.deepEqual([error.status, error.code], [503, 'server_draining']);
    await eventually('word of the drain', () => client.eventOf('error'));
    await closing;
    client.close();
  });

  test('[HTP5] with server keys nothing under /v1 opens without one', async () => {
    const other = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      apiKeys: 'key-1,key-2',
    });
    const routes = [
      ['POST', '/v1/realtime/calls'],
      ['POST', '/v1/realtime/calls/rtc_x/hangup'],
      ['GET', '/v1/prism/info'],
      ['GET', '/v1/whatever'],
    ] as const;
    for (const [method, path] of routes) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'key-1' }]) {
        const error = await errorOf(await fetch(`${other.url}${path}`, { method, headers }));
        assert.deepEqual([error.status, error.code], [401, 'invalid_api_key'], `${method} ${path}`);
      }
    }
    for (const key of ['key-1', 'key-2']) {
      const info = await fetch(`${other.url}/v1/prism/info`, {
        headers: { authorization: `Bearer ${key}` },
      });
      assert.equal(info.status, 200);
    }
    await other.prism.close();
  });
});
