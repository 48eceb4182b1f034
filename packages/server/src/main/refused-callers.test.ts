import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { WebSocket } from 'ws';
import { systemClock } from '../runtime/system-clock.ts';
import { type AppUnderTest, makeApp } from '../testing/app-under-test.ts';
import { MediaSockets } from '../websocket/media-sockets.ts';
import { RealtimeSockets } from '../websocket/realtime-sockets.ts';
import { answerUpgrades } from '../websocket/upgrades.ts';

/** What a caller is told: by HTTP, or by the close of the WebSocket that was opened to tell it. */
interface Told {
  /** HTTP status, or close code. */
  readonly status: number;
  /** The close's reason; empty for HTTP. */
  readonly reason: string;
  readonly type: string;
  readonly code: string;
}

const HOUR_MS = 3_600_000;
const KEYED = { authorization: 'Bearer server-key' };

/** A caller that gets nowhere, and what every way in tells it. */
interface RefusedCaller {
  readonly who: string;
  readonly headers: Record<string, string>;
  /** `POST /v1/realtime/calls` and `…/client_secrets`; undefined where HTTP has nothing against it. */
  readonly http: Omit<Told, 'reason'> | undefined;
  readonly socket: Told;
}

const ORIGIN = { status: 403, type: 'invalid_request_error', code: 'origin_not_allowed' };
const BAD_KEY = { type: 'authentication_error', code: 'invalid_api_key' };
const EXPIRED = { type: 'authentication_error', code: 'ephemeral_key_expired' };
const BETA = { type: 'invalid_request_error', code: 'beta_api_shape_disabled' };

suite('callers that are refused, on every way in', () => {
  let app: AppUnderTest;
  let sockets: RealtimeSockets;
  let media: MediaSockets;
  let baseUrl: string;

  before(async () => {
    app = await makeApp({ serverKeys: ['server-key'] });
    let count = 0;
    sockets = new RealtimeSockets({
      calls: {
        refusal: () => undefined,
        has: () => false,
        openSocket: () => assert.fail('a refused caller got a session'),
        joinCall: () => assert.fail('a refused caller got into a call'),
      },
      gate: app.gate,
      clock: systemClock,
      newRequestId: () => 'req_1',
      newEventId: () => `event_${(count += 1)}`,
      forwardedHeaders: [],
      acceptsDeflate: false,
    });
    media = new MediaSockets({
      calls: {
        refusal: () => undefined,
        refusalOfReturn: () => assert.fail('a refused caller was looked for'),
        startConnected: () => assert.fail('a refused caller got a call'),
        reattachConnected: () => assert.fail('a refused caller got into a call'),
      },
      gate: app.gate,
      clock: systemClock,
      newRequestId: () => 'req_1',
      newEventId: () => `event_${(count += 1)}`,
      randomUint32: () => 1,
      forwardedHeaders: [],
    });
    answerUpgrades(app.app.server, {
      realtime: sockets,
      media,
      newRequestId: () => 'req_1',
      fault: (error) => assert.fail(String(error)),
    });
    await app.app.listen({ port: 0, host: '127.0.0.1' });
    baseUrl = `http://127.0.0.1:${(app.app.server.address() as AddressInfo).port}`;
  });

  after(async () => {
    await sockets.close();
    await media.close();
    await app.app.close();
  });

  async function post(path: string, headers: Record<string, string>): Promise<Told> {
    const isCall = path.endsWith('/calls');
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': isCall ? 'application/sdp' : 'application/json', ...headers },
      body: isCall ? 'v=0' : '{}',
    });
    const { error } = (await response.json()) as { error?: { type: string; code: string } };
    return {
      status: response.status,
      reason: '',
      type: error?.type ?? '',
      code: error?.code ?? '',
    };
  }

  async function connect(
    headers: Record<string, string>,
    protocols: readonly string[] = [],
    path = '/v1/realtime?model=m',
  ): Promise<Told> {
    const url = `${baseUrl.replace('http', 'ws')}${path}`;
    const socket = new WebSocket(url, [...protocols], { headers });
    socket.on('error', () => undefined);
    const messages: string[] = [];
    socket.on('message', (data: Buffer) => messages.push(data.toString()));
    return new Promise((resolve) => {
      const tell = (status: number, reason: string, text: string): void => {
        const { error } = JSON.parse(text) as { error: { type: string; code: string } };
        resolve({ status, reason, type: error.type, code: error.code });
      };
      socket.on('close', (code, reason) => tell(code, reason.toString(), messages[0] ?? '{}'));
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => tell(response.statusCode ?? 0, '', body));
      });
    });
  }

  /** A caller's refusal is the same for a call, for a client secret, and its own for a WebSocket. */
  async function assertRefused({ who, headers, http, socket }: RefusedCaller): Promise<void> {
    if (http !== undefined) {
      for (const path of ['/v1/realtime/calls', '/openai/v1/realtime/client_secrets'])
        assert.deepEqual(await post(path, headers), { ...http, reason: '' }, `${who}: ${path}`);
    }
    assert.deepEqual(await connect(headers), socket, `${who}: WebSocket`);
    // The media WebSocket is Prism's own, and refuses by HTTP alone.
    if (http !== undefined) {
      const told = await connect(headers, ['prism.media'], '/v1/prism/media');
      assert.deepEqual(told, { ...http, reason: '' }, `${who}: media WebSocket`);
    }
  }

  function socketOf(code: 3000 | 4000, error: Pick<Told, 'type' | 'code'>): Told {
    return { ...error, status: code, reason: `invalid_request_error.${error.code}` };
  }

  test('[HTP4] [RWS5] a page from another origin', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'https://evil.example', ...KEYED },
      { origin: 'null', ...KEYED },
    ])
      await assertRefused({
        who: headers.origin,
        headers,
        http: ORIGIN,
        socket: { ...ORIGIN, reason: '' },
      });
  });

  test('[RWS4] [HTP13] a client of the beta API', async () => {
    const headers = { ...KEYED, 'openai-beta': 'realtime=v1' };
    await assertRefused({ who: 'beta', headers, http: undefined, socket: socketOf(4000, BETA) });
    const protocols = ['realtime', 'openai-insecure-api-key.server-key', 'openai-beta.realtime-v1'];
    assert.deepEqual(await connect({}, protocols), socketOf(4000, BETA));
    for (const path of ['/v1/realtime/sessions', '/v1/realtime/transcription_sessions'])
      assert.deepEqual(await post(path, headers), { ...BETA, status: 400, reason: '' });
  });

  test('[HTP5] [RWS4] no key, a wrong key, one in the wrong place, and a secret that never was', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { 'api-key': 'wrong' },
      { authorization: 'Basic server-key' },
      { 'x-api-key': 'server-key' },
      { authorization: 'Bearer ek_never' },
    ])
      await assertRefused({
        who: JSON.stringify(headers),
        headers,
        http: { ...BAD_KEY, status: 401 },
        socket: socketOf(3000, BAD_KEY),
      });
    const protocols = ['realtime', 'openai-insecure-api-key.wrong'];
    assert.deepEqual(await connect({}, protocols), socketOf(3000, BAD_KEY));
  });

  test('[SCR5] [RWS4] a client secret after its time, and a day later', async () => {
    const minted = await fetch(`${baseUrl}/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { ...KEYED, 'content-type': 'application/json' },
      body: '{"expires_after":{"anchor":"created_at","seconds":10}}',
    });
    const { value } = (await minted.json()) as { value: string };
    const headers = { authorization: `Bearer ${value}` };
    assert.equal((await post('/v1/realtime/calls/rtc_9/hangup', headers)).status, 404);
    app.nowMs += 10_000;
    await assertRefused({
      who: 'expired',
      headers,
      http: { ...EXPIRED, status: 401 },
      socket: socketOf(3000, EXPIRED),
    });
    app.nowMs += 24 * HOUR_MS;
    await assertRefused({
      who: 'long expired',
      headers,
      http: { ...BAD_KEY, status: 401 },
      socket: socketOf(3000, BAD_KEY),
    });
  });

  test('[SCR7] [HTP16] a valid client secret where only server keys, or the secret of the call, may go', async () => {
    const minted = await fetch(`${baseUrl}/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { ...KEYED, 'content-type': 'application/json' },
      body: '{}',
    });
    const { value } = (await minted.json()) as { value: string };
    const headers = { authorization: `Bearer ${value}` };
    assert.deepEqual(await post('/v1/realtime/client_secrets', headers), {
      status: 403,
      reason: '',
      type: 'invalid_request_error',
      code: 'insufficient_permissions',
    });
    const notFound = { status: 404, type: 'invalid_request_error', code: 'call_id_not_found' };
    // `rtc_1` is live, and was made with a server key.
    for (const action of ['hangup', 'accept', 'reject', 'refer'])
      assert.deepEqual(await post(`/v1/realtime/calls/rtc_1/${action}`, headers), {
        ...notFound,
        reason: '',
      });
  });
});
