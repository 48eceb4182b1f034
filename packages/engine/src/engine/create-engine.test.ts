import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { afterEach, test } from 'node:test';
import { MESSAGE_BYTES_MAX } from '../door/realtime-door.ts';
import { FakeBrain } from '../testing-doubles/fake-brain.ts';
import { FakeEars } from '../testing-doubles/fake-ears.ts';
import { FakeVoice } from '../testing-doubles/fake-voice.ts';
import { ManualClock } from '../testing-doubles/manual-clock.ts';
import { type ReceivedEvent, SocketClient } from '../testing-doubles/socket-client.ts';
import { createEngine, type Engine, type EngineOptions } from './create-engine.ts';

const KEY = 'sk-test';
const open: (Engine | SocketClient)[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) {
    await one.close();
  }
});

interface Bench {
  readonly engine: Engine;
  readonly ears: FakeEars;
  readonly voice: FakeVoice;
  readonly brain: FakeBrain;
  readonly clock: ManualClock;
}

async function start(options: EngineOptions = {}): Promise<Bench> {
  const ears = new FakeEars();
  const voice = new FakeVoice();
  const brain = new FakeBrain();
  const clock = new ManualClock();
  const engine = await createEngine({
    apiKeys: [KEY],
    ears,
    voice,
    clock,
    createBrain: () => brain,
    ...options,
  });
  open.push(engine);
  return { engine, ears, voice, brain, clock };
}

function socketUrl(engine: Engine, query = '?model=gpt-realtime'): string {
  return `${engine.url.replace('http', 'ws')}/realtime${query}`;
}

function connect(
  engine: Engine,
  query?: string,
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): SocketClient {
  const client = new SocketClient(socketUrl(engine, query), { ws: { headers } });
  open.push(client);
  return client;
}

async function post(
  engine: Engine,
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${engine.url}/realtime/client_secrets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function codeOf(event: ReceivedEvent | undefined): string | undefined {
  return (event?.['error'] as { code: string } | undefined)?.code;
}

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
  open.push(browser);
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

test('[ENG8] an ephemeral key is minted with the resolved session and opens sessions with it', async () => {
  const { engine, clock } = await start();
  const minted = await post(engine, {
    expires_after: { anchor: 'created_at', seconds: 60 },
    session: { type: 'realtime', model: 'gpt-realtime-2.1', instructions: 'Bound.' },
  });
  assert.equal(minted.status, 200);
  assert.match(String(minted.body['value']), /^ek_/);
  assert.equal(minted.body['expires_at'], Math.floor(clock.wallMs() / 1_000) + 60);
  const session = minted.body['session'] as Record<string, unknown>;
  assert.match(String(session['id']), /^sess_/);
  assert.deepEqual(
    [session['object'], session['expires_at'], session['instructions'], session['model']],
    ['realtime.session', 0, 'Bound.', 'gpt-realtime-2.1'],
  );
  const headers = { authorization: `Bearer ${String(minted.body['value'])}` };
  const created = await connect(engine, '', headers).next('session.created');
  const bound = created['session'] as Record<string, unknown>;
  assert.deepEqual([bound['instructions'], bound['model']], ['Bound.', 'gpt-realtime-2.1']);
  assert.notEqual(bound['expires_at'], 0);
  clock.advance(60_000);
  const end = await connect(engine, '', headers).ended;
  assert.ok(end.type === 'closed' && end.code === 3000);
});

test('[ENG8] a key bound to a transcription session opens one', async () => {
  const { engine } = await start();
  const { body } = await post(engine, { session: { type: 'transcription' } });
  const headers = { authorization: `Bearer ${String(body['value'])}` };
  const created = await connect(engine, '', headers).next('session.created');
  assert.equal((created['session'] as { type: string }).type, 'transcription');
});

test('[ENG8] minting asks for the key of the server and a body that makes sense', async () => {
  const { engine } = await start();
  const cases: readonly (readonly [unknown, Record<string, string>, number, string])[] = [
    [{}, {}, 401, 'invalid_api_key'],
    [{}, { authorization: 'Bearer ek_x' }, 401, 'invalid_api_key'],
    ['{', { authorization: `Bearer ${KEY}` }, 400, 'invalid_json'],
    [
      { expires_after: { seconds: 7_201 } },
      { authorization: `Bearer ${KEY}` },
      400,
      'invalid_value',
    ],
    [{ extra: 1 }, { authorization: `Bearer ${KEY}` }, 400, 'unknown_parameter'],
    ['x'.repeat(1_100_000), { authorization: `Bearer ${KEY}` }, 413, 'request_too_large'],
  ];
  for (const [body, headers, status, code] of cases) {
    const answer = await post(engine, body, headers);
    assert.equal(answer.status, status, code);
    assert.equal((answer.body['error'] as { code: string }).code, code);
  }
  assert.equal((await post(engine, '')).status, 200);
});

test('[ENG23] intent=transcription opens a transcription session', async () => {
  const { engine } = await start();
  const created = await connect(engine, '?intent=transcription').next('session.created');
  assert.equal((created['session'] as { type: string }).type, 'transcription');
});

test('[ENG31] audio goes to the ear, and what the ear hears is answered by the voice', async () => {
  const { engine, ears, voice } = await start();
  const client = connect(engine);
  await client.next('session.created');
  client.send({
    type: 'input_audio_buffer.append',
    audio: Buffer.alloc(48_000).toString('base64'),
  });
  client.send({ type: 'session.update', session: { type: 'realtime' } });
  await client.next('session.updated');
  const [ear] = ears.opened;
  assert.equal(ear?.pushedSamples, 24_000);
  ear.listener.activity(
    0,
    new Float32Array(100).map((_, frame) => (frame < 40 ? 1 : 0)),
  );
  const committed = await client.next('input_audio_buffer.committed');
  assert.deepEqual(ear.ended, [committed['item_id']]);
  ear.listener.final(ear.ended[0] ?? '', {
    text: 'hello',
    isAccepted: true,
    confidenceRatio: 1,
    speechMs: 400,
  });
  const done = await client.next('response.done');
  assert.equal((done['response'] as { status: string }).status, 'completed');
  assert.equal(voice.requests.length, 1);
});

test('[ENG59] a recording in an item is heard by an ear of its own, which is closed then', async () => {
  const { engine, ears } = await start();
  const client = connect(engine);
  await client.next('session.created');
  const content = [{ type: 'input_audio', audio: Buffer.alloc(9_600).toString('base64') }];
  const item = { type: 'message', role: 'user', content };
  client.send({ type: 'conversation.item.create', item });
  client.send({ type: 'response.create' });
  await client.next('response.created');
  const [main, clip] = ears.opened;
  assert.equal(clip?.pushedSamples, 4_800);
  assert.equal(main?.pushedSamples, 0);
  const [utteranceId = ''] = clip.ended;
  clip.listener.final(utteranceId, {
    text: 'hello',
    isAccepted: true,
    confidenceRatio: 1,
    speechMs: 80,
  });
  await client.next('response.done');
  assert.deepEqual([clip.isClosed, main.isClosed], [true, false]);
});

test('[ENG66] a cancelled response stops the voice', async () => {
  const { engine, voice } = await start();
  voice.isPrompt = false;
  const client = connect(engine);
  await client.next('session.created');
  client.send({ type: 'response.create' });
  await client.next('response.content_part.added');
  client.send({ type: 'response.cancel' });
  await client.next('response.done');
  assert.equal(voice.cancelledCount, 1);
  voice.finish();
  client.send({ type: 'response.create' });
  await client.next('response.created', 1);
  assert.equal(client.events.filter(({ type }) => type.endsWith('audio.delta')).length, 0);
});

test('[ENG9] the session ends at its hour with an error and 1001', async () => {
  const { engine, clock } = await start();
  const client = connect(engine);
  await client.next('session.created');
  clock.advance(3_599_999);
  assert.equal(client.events.length, 1);
  clock.advance(1);
  assert.deepEqual(await client.ended, {
    type: 'closed',
    code: 1001,
    reason: 'Your session hit the maximum duration of 60 minutes.',
  });
  assert.equal(codeOf(client.events.at(-1)), 'session_expired');
});

test('[ENG10] one timer per session, and none is left of a session that has ended', async () => {
  const { engine, clock, ears } = await start();
  const clients = [connect(engine), connect(engine)];
  await Promise.all(clients.map((client) => client.next('session.created')));
  assert.equal(clock.armedCount, 2);
  assert.equal(engine.describe().sessions.length, 2);
  for (const client of clients) {
    client.close();
    await client.ended;
  }
  const again = connect(engine);
  await again.next('session.created');
  assert.equal(clock.armedCount, 1);
  assert.equal(engine.describe().sessions.length, 1);
  assert.deepEqual(
    ears.opened.map(({ isClosed }) => isClosed),
    [true, true, false],
  );
});

test('[ENG10] closing the engine closes sessions with 1001, the ears and the voice, once', async () => {
  const { engine, ears, voice, clock } = await start();
  const client = connect(engine);
  await client.next('session.created');
  await Promise.all([engine.close(), engine.close()]);
  const end = await client.ended;
  assert.ok(end.type === 'closed' && end.code === 1001);
  assert.deepEqual([ears.isClosed, voice.isClosed, clock.armedCount], [true, true, 0]);
  await assert.rejects(fetch(engine.url));
});

test('[ENG11] a bug ends its own session with 1011 and no other', async () => {
  const { engine, brain } = await start();
  const [broken, other] = [connect(engine), connect(engine)];
  await Promise.all([broken.next('session.created'), other.next('session.created')]);
  const respond = brain.respond.bind(brain);
  brain.respond = () => {
    throw new Error('a broken invariant');
  };
  broken.send({ type: 'response.create' });
  assert.deepEqual(await broken.ended, { type: 'closed', code: 1011, reason: 'internal_error' });
  brain.respond = respond;
  other.send({ type: 'response.create' });
  await other.next('response.done');
  assert.equal(engine.describe().brokenSessionCount, 1);
});

test('[ENG11] a session that cannot be started is closed with 1011, and the next one starts', async () => {
  const brain = new FakeBrain();
  let isBroken = true;
  const { engine } = await start({
    createBrain: () => {
      if (isBroken) {
        throw new Error('no brain');
      }
      return brain;
    },
  });
  assert.deepEqual(await connect(engine).ended, {
    type: 'closed',
    code: 1011,
    reason: 'internal_error',
  });
  isBroken = false;
  await connect(engine).next('session.created');
  assert.equal(engine.describe().brokenSessionCount, 1);
});

test('[ENG8] the type of a bound key wins over the intent of its client', async () => {
  const { engine } = await start();
  const { body } = await post(engine, { session: { type: 'realtime', instructions: 'Bound.' } });
  const headers = { authorization: `Bearer ${String(body['value'])}` };
  const created = await connect(engine, '?intent=transcription', headers).next('session.created');
  assert.equal((created['session'] as { instructions: string }).instructions, 'Bound.');
});

test('[ENG12] without ears and voice a session is text, and says so', async () => {
  const { engine } = await start({ ears: null, voice: null });
  const client = connect(engine);
  const created = await client.next('session.created');
  const session = created['session'] as Record<string, unknown>;
  assert.deepEqual(session['output_modalities'], ['text']);
  assert.match(String(session['instructions']), /only typed text.*answers are text/);
  client.send({ type: 'response.create' });
  const done = await client.next('response.output_text.done');
  assert.equal(done['text'], 'Hello there, friend.');
  const { canHear, canSpeak } = engine.describe();
  assert.deepEqual([canHear, canSpeak], [false, false]);
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
