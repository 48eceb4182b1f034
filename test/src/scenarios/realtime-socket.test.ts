import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream, type FakeUpstreamSession } from '../harness/fake-upstream.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';

const KEY = 'sk-prism-test';
const KEYED = { authorization: `Bearer ${KEY}` };

/** The code of the error that a client was told. */
function errorCode(client: SocketClient): unknown {
  return (client.eventOf('error')?.['error'] as Record<string, unknown> | undefined)?.['code'];
}

suite('Realtime WebSockets', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  const clients: SocketClient[] = [];
  const callers: RtcClient[] = [];

  before(async () => {
    server = await startPrismOnFakeUpstream({
      apiKeys: [KEY],
      sessionCountMax: 2,
    });
    ({ upstream } = server);
  });

  after(() => server.close());

  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    for (const client of clients.splice(0)) client.socket.close();
    await eventually('end of all sessions', () => server.liveCalls() === 0);
  });

  async function open(
    path: string,
    options: Parameters<typeof SocketClient.open>[2] = { headers: KEYED },
  ): Promise<SocketClient> {
    const client = await SocketClient.open(server.url, path, options);
    clients.push(client);
    return client;
  }

  async function connect(
    path = '/v1/realtime?model=m',
    options?: Parameters<typeof SocketClient.open>[2],
  ): Promise<{ readonly client: SocketClient; readonly session: FakeUpstreamSession }> {
    const known = upstream.sessions.length;
    const client = await open(path, options);
    await eventually('session.created', () => client.eventOf('session.created'));
    const session = upstream.sessions[known];
    assert.ok(session !== undefined);
    return { client, session };
  }

  async function call(): Promise<{ caller: RtcClient; session: FakeUpstreamSession }> {
    const known = upstream.sessions.length;
    const caller = await RtcClient.connect(server.url, KEYED);
    callers.push(caller);
    await eventually('session.created', () => caller.eventOf('session.created'));
    const session = upstream.sessions[known];
    assert.ok(session !== undefined);
    return { caller, session };
  }

  test('[RWS1] a session is dialled with the model it names, under every path of the API', async () => {
    for (const [path, asked] of [
      ['/v1/realtime?model=my-model', '/v1/realtime?model=my-model'],
      ['/openai/v1/realtime?model=my-model', '/v1/realtime?model=my-model'],
      ['/v1/realtime', '/v1/realtime?model=gpt-realtime-2.1'],
      ['/v1/realtime?intent=transcription', '/v1/realtime?intent=transcription'],
    ] as const) {
      const { client, session } = await connect(path);
      assert.equal(session.request.url, asked);
      assert.equal(session.request.headers.authorization, 'Bearer sk-test-upstream');
      client.socket.close();
      await eventually('end', () => server.liveCalls() === 0);
    }
  });

  test('[RWS2] a key is taken from any place that clients put it, and its protocol is never selected', async () => {
    for (const options of [
      { headers: KEYED },
      { headers: { 'api-key': KEY } },
      { protocols: ['realtime', `openai-insecure-api-key.${KEY}`, 'openai-agents-sdk.0.20'] },
    ]) {
      const { client } = await connect('/v1/realtime?model=m', options);
      assert.equal(client.socket.protocol, 'protocols' in options ? 'realtime' : '');
      client.socket.close();
      await eventually('end', () => server.liveCalls() === 0);
    }
  });

  test('[RWS3] messages pass as they were written, audio among them', async () => {
    const { client, session } = await connect();
    const event = '{ "type" : "conversation.item.retrieve",\n "item_id":"ü", "new_field": 1.50 }';
    client.send(event);
    client.send('{ "type": "input_audio_buffer.append", "audio": "AQACAA==" }');
    await eventually('audio', () => session.appendedSamples === 2);
    assert.equal(session.texts[0], event);
    const down = '{"event_id":"e", "type":"response.output_audio.delta" ,"delta":"AQA=","x":1}';
    session.sendText(down);
    await eventually('delta', () => client.texts.includes(down));
    assert.equal(server.liveCalls(), 1);
  });

  test('[RWS4] a bad key and the beta shape are told on the socket, which then closes', async () => {
    for (const [options, code, close] of [
      [{}, 'invalid_api_key', 3_000],
      [{ headers: { authorization: 'Bearer sk-wrong' } }, 'invalid_api_key', 3_000],
      [{ headers: { ...KEYED, 'openai-beta': 'realtime=v1' } }, 'beta_api_shape_disabled', 4_000],
      [
        { protocols: ['realtime', `openai-insecure-api-key.${KEY}`, 'openai-beta.realtime-v1'] },
        'beta_api_shape_disabled',
        4_000,
      ],
    ] as const) {
      const dialled = upstream.handshakes.length;
      const client = await open('/v1/realtime?model=m', options);
      const closed = await eventually('close', () => client.close);
      assert.equal(errorCode(client), code);
      assert.deepEqual(closed, { code: close, reason: `invalid_request_error.${code}` });
      assert.equal(upstream.handshakes.length, dialled);
    }
  });

  test('[RWS5] a foreign page, an unknown path, call or intent, and a full server are refused with HTTP', async () => {
    for (const [path, headers, status, code] of [
      ['/v1/realtime', { ...KEYED, origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
      ['/v1/elsewhere', KEYED, 404, 'unknown_url'],
      ['/v1/realtime?call_id=rtc_gone', KEYED, 404, 'call_id_not_found'],
      ['/v1/realtime?intent=dance', KEYED, 400, 'invalid_request'],
    ] as const) {
      const refusal = await SocketClient.refused(server.url, path, headers);
      assert.deepEqual([refusal.status, refusal.code], [status, code]);
    }
    await connect();
    await connect();
    const refusal = await SocketClient.refused(server.url, '/v1/realtime', KEYED);
    assert.deepEqual([refusal.status, refusal.code], [503, 'session_limit_reached']);
    assert.ok('retry-after' in refusal.headers);
  });

  test('[RWS6] how the upstream closed its socket is how the client’s is closed', async () => {
    const { client, session } = await connect();
    session.close(1_001, 'Your session hit the maximum duration of 60 minutes.');
    const closed = await eventually('close', () => client.close);
    assert.deepEqual(closed, {
      code: 1_001,
      reason: 'Your session hit the maximum duration of 60 minutes.',
    });
    assert.equal(errorCode(client), 'upstream_lost');
  });

  test('[RWS6] the upstream’s refusal of Prism’s own key is not told as one of the client’s', async () => {
    const { client, session } = await connect();
    session.close(3_000, 'invalid_request_error.invalid_api_key');
    assert.equal((await eventually('close', () => client.close)).code, 1_011);
    assert.equal(errorCode(client), 'upstream_authentication_failed');
  });

  test('[RWS7] a sideband controls a call from its id on, without session.created and audio', async () => {
    const { caller, session } = await call();
    const sideband = await open(`/v1/realtime?call_id=${caller.callId}&model=ignored`);
    session.answer(new Int16Array(4_800));
    await eventually('response.done', () => sideband.eventOf('response.done'));
    sideband.send({ type: 'response.cancel', event_id: 'from_sideband' });
    await eventually('cancel', () => session.events[0]);
    assert.equal(session.events[0]?.['event_id'], 'from_sideband');
    const types = sideband.events.map((event) => event['type']);
    assert.ok(!types.includes('session.created'));
    assert.ok(!types.includes('response.output_audio.delta'));
    assert.equal(server.liveCalls(), 1);
    sideband.socket.close();
    await eventually('close', () => sideband.close);
    assert.equal(server.liveCalls(), 1);
  });

  test('[RWS8] a sideband is closed with 1000 when its call ends', async () => {
    const { caller } = await call();
    const sideband = await open(`/v1/realtime?call_id=${caller.callId}`);
    await fetch(`${server.url}/v1/realtime/calls/${caller.callId}/hangup`, {
      method: 'POST',
      headers: KEYED,
    });
    const closed = await eventually('close', () => sideband.close);
    assert.deepEqual(closed, { code: 1_000, reason: 'The client asked to hang up.' });
  });

  test('[RWS9] deflate is declined where nobody has asked for it', async () => {
    const { client } = await connect('/v1/realtime?model=m', { headers: KEYED, deflate: true });
    assert.equal(client.socket.extensions, '');
  });
});

suite('a server with websocket.deflate', () => {
  test('[RWS9] a client that offers deflate gets it, and its audio as it is', async () => {
    const upstream = await FakeUpstream.start();
    const server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      acceptsDeflate: true,
    });
    const client = await SocketClient.open(server.url, '/v1/realtime', { deflate: true });
    const session = await eventually('the session', () => upstream.sessions[0]);
    assert.match(client.socket.extensions, /permessage-deflate/);
    const long = 'x'.repeat(5_000);
    session.send({ type: 'noise', long });
    const noise = await eventually('event', () => client.eventOf('noise'));
    assert.equal(noise['long'], long);
    client.send({ type: 'conversation.item.retrieve', item_id: long });
    await eventually('event upstream', () => session.events[0]);
    assert.equal(session.events[0]?.['item_id'], long);
    client.send({ type: 'input_audio_buffer.append', audio: 'AQACAA=='.repeat(500) });
    await eventually('audio', () => session.appended.length === 1);
    client.socket.close();
    await server.prism.close();
    await upstream.close();
  });
});

suite('the end of a server', () => {
  test('[RWS10] draining tells every socket, with 1012', async () => {
    const upstream = await FakeUpstream.start();
    const server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
    });
    const client = await SocketClient.open(server.url, '/v1/realtime');
    await eventually('session.created', () => client.eventOf('session.created'));
    await server.prism.close();
    assert.equal(errorCode(client), 'server_draining');
    assert.equal((await eventually('close', () => client.close)).code, 1_012);
    await upstream.close();
  });
});
