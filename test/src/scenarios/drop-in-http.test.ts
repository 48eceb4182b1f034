import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import OpenAI, { APIError } from 'openai';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';

/** The headers that official clients of all kinds send and browsers therefore ask for. */
const CLIENT_HEADERS = [
  'authorization',
  'content-type',
  'api-key',
  'openai-organization',
  'openai-project',
  'openai-safety-identifier',
  'x-openai-agents-sdk',
  'x-stainless-lang',
  'x-stainless-retry-count',
];

function codeOf(error: unknown): string {
  assert.ok(error instanceof APIError, String(error));
  return `${String(error.status)} ${String(error.code)}`;
}

suite('official HTTP clients', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      allowedOrigins: ['https://app.example'],
      apiKeys: 'server-key',
    });
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  function openai(apiKey: string, path = '/v1'): OpenAI {
    return new OpenAI({ apiKey, baseURL: `${server.url}${path}`, maxRetries: 0 });
  }

  function callIdOf(response: Response): string {
    return (
      /^\/v1\/realtime\/calls\/(rtc_[A-Za-z0-9_-]+)$/.exec(
        response.headers.get('location') ?? '',
      )?.[1] ?? ''
    );
  }

  test('[SCR1] [SCR5] [HTP1] a server mints a secret and a client calls with it', async () => {
    const secret = await openai('server-key').realtime.clientSecrets.create({
      expires_after: { anchor: 'created_at', seconds: 60 },
      session: { type: 'realtime', model: 'gpt-realtime', instructions: 'Bound.' },
    });
    assert.match(secret.value, /^ek_[\w.-]{100,}$/);
    assert.ok(secret.session.type === 'realtime');
    assert.equal(secret.session.audio?.output?.voice, 'alloy');

    const client = openai(secret.value);
    const response = await client.realtime.calls.create({ sdp: await RtcClient.makeOffer() });
    assert.equal(response.status, 201);
    assert.match(await response.text(), /^v=0\r\n/);
    await client.realtime.calls.hangup(callIdOf(response));
    await assert.rejects(
      client.realtime.calls.hangup(callIdOf(response)),
      (error) => codeOf(error) === '404 call_id_not_found',
    );
    await assert.rejects(
      client.realtime.clientSecrets.create({}),
      (error) => codeOf(error) === '403 insufficient_permissions',
    );
  });

  test('[HTP8] a server sends offer and session in one form', async () => {
    const client = openai('server-key');
    const response = await client.realtime.calls.create({
      sdp: await RtcClient.makeOffer(),
      session: { type: 'realtime', instructions: 'Be brief.' },
    });
    assert.equal(response.status, 201);
    await client.realtime.calls.hangup(callIdOf(response));

    // As the official server-controlled example does it, with fetch alone.
    const form = new FormData();
    form.set('sdp', await RtcClient.makeOffer());
    form.set('session', JSON.stringify({ type: 'realtime' }));
    const headers = { authorization: 'Bearer server-key' };
    const url = `${server.url}/v1/realtime/calls`;
    const second = await fetch(url, { method: 'POST', headers, body: form });
    assert.equal(second.status, 201);
    await client.realtime.calls.hangup(callIdOf(second));
  });

  test('[HTP12] telephone actions on a live WebRTC call are refused', async () => {
    const client = openai('server-key');
    const response = await client.realtime.calls.create({ sdp: await RtcClient.makeOffer() });
    const callId = callIdOf(response);
    const { calls } = client.realtime;
    await assert.rejects(
      calls.accept(callId, { type: 'realtime' }),
      (error) => codeOf(error) === '400 not_a_telephone_call',
    );
    await assert.rejects(
      calls.refer(callId, { target_uri: 'tel:+14155550123' }),
      (error) => codeOf(error) === '400 not_a_telephone_call',
    );
    await calls.hangup(callId);
    await assert.rejects(
      calls.reject(callId),
      (error) => codeOf(error) === '404 call_id_not_found',
    );
  });

  test('[HTP13] the beta API says what took its place', async () => {
    for (const path of ['sessions', 'transcription_sessions']) {
      const response = await fetch(`${server.url}/v1/realtime/${path}`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer server-key',
          'content-type': 'application/json',
          'openai-beta': 'assistants=v2',
        },
        body: '{"model":"gpt-4o-realtime-preview"}',
      });
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      assert.deepEqual([response.status, error.code], [400, 'beta_api_shape_disabled']);
      assert.match(error.message, /POST \/v1\/realtime\/client_secrets/);
    }
  });

  test('[HTP14] [KEY2] the API is at the paths of Azure too, with its key header', async () => {
    const secrets = `${server.url}/openai/v1/realtime/client_secrets`;
    const headers = { 'api-key': 'server-key', 'content-type': 'application/json' };
    const minted = await fetch(secrets, { method: 'POST', headers, body: '{}' });
    assert.equal(minted.status, 200);
    const { value } = (await minted.json()) as { value: string };
    const url = `${server.url}/openai/v1/realtime/calls?webrtcfilter=on`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${value}`, 'content-type': 'application/sdp' },
      body: await RtcClient.makeOffer(),
    });
    assert.equal(response.status, 201);
    await openai('server-key', '/openai/v1').realtime.calls.hangup(callIdOf(response));
    assert.equal((await fetch(secrets, { method: 'POST' })).status, 401);
  });

  test('[HTP15] a page may send what clients send and read what they need', async () => {
    for (const path of ['/v1/realtime/calls', '/openai/v1/realtime/calls']) {
      const preflight = await fetch(`${server.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': CLIENT_HEADERS.join(','),
        },
      });
      assert.equal(preflight.status, 204);
      const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
      assert.deepEqual(allowed.split(/, */), CLIENT_HEADERS);
      // Even a refusal has to be readable, or the page can't say what is wrong.
      const refusal = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { origin: 'https://app.example', authorization: 'Bearer wrong' },
      });
      assert.equal(refusal.status, 401);
      assert.equal(refusal.headers.get('access-control-allow-origin'), 'https://app.example');
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: {
          origin: 'https://app.example',
          authorization: 'Bearer server-key',
          'content-type': 'application/sdp',
        },
        body: await RtcClient.makeOffer(),
      });
      assert.equal(
        answer.headers.get('access-control-expose-headers'),
        'Location, X-Request-Id, Retry-After',
      );
      assert.equal(answer.headers.get('timing-allow-origin'), 'https://app.example');
      await openai('server-key').realtime.calls.hangup(callIdOf(answer));
    }
  });

  test('[KEY1] without server keys official clients call with any key', async () => {
    const open = await startPrism({ upstreamKind: 'realtime', upstreamBaseUrl: upstream.baseUrl });
    const client = new OpenAI({ apiKey: 'anything', baseURL: `${open.url}/v1`, maxRetries: 0 });
    const secret = await client.realtime.clientSecrets.create({});
    const own = new OpenAI({ apiKey: secret.value, baseURL: `${open.url}/v1`, maxRetries: 0 });
    const response = await own.realtime.calls.create({ sdp: await RtcClient.makeOffer() });
    assert.equal(response.status, 201);
    await own.realtime.calls.hangup(callIdOf(response));
    const dead = new OpenAI({ apiKey: 'ek_unknown', baseURL: `${open.url}/v1`, maxRetries: 0 });
    await assert.rejects(
      dead.realtime.calls.create({ sdp: await RtcClient.makeOffer() }),
      (error) => codeOf(error) === '401 invalid_api_key',
    );
    await open.prism.close();
  });
});
