import assert from 'node:assert/strict';
import test from 'node:test';
import { PrismClientError } from './client-error.ts';
import { PrismSession } from './prism-session.ts';
import type { ConnectOptions, SessionListeners, SessionPhase } from './session-options.ts';
import { callAnswer, FakePage, settle } from './testing/fake-page.ts';
import type { WireEvent } from './wire-event.ts';

const URL = 'http://prism.test/below';
const CREATED: WireEvent = {
  type: 'session.created',
  session: { tools: [{ type: 'function', name: 'theirs' }] },
};

function begin(
  page: FakePage,
  options: Partial<ConnectOptions> = {},
  listeners: SessionListeners = {},
): Promise<PrismSession> {
  return PrismSession.connect({ url: URL, ...options }, listeners, page.environment);
}

async function connect(
  page: FakePage,
  options: Partial<ConnectOptions> = {},
  listeners: SessionListeners = {},
): Promise<PrismSession> {
  const connecting = begin(page, options, listeners);
  await settle();
  page.call.receive(CREATED);
  return connecting;
}

function types(events: readonly WireEvent[]): readonly string[] {
  return events.map(({ type }) => type);
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new DOMException('x', 'AbortError'));
    });
  });
}

test('[CLI3] [CLI71] the offer goes below the path prefix with the key, and Location names the call', async () => {
  const page = new FakePage();
  const session = await connect(page, { token: 'ek_1', url: `${URL}/` });
  const [request] = page.requests;
  assert.equal(request?.url, 'http://prism.test/below/v1/realtime/calls?dcid=0');
  assert.equal(request.init.method, 'POST');
  assert.equal(request.init.body, 'v=0 offer');
  assert.deepEqual(request.init.headers, {
    'Content-Type': 'application/sdp',
    Authorization: 'Bearer ek_1',
  });
  assert.equal(page.call.appliedAnswer, 'v=0 answer');
  assert.equal(session.status.callId, 'rtc_abc');
});

test('[PGD21] the agent goes into the query, and its variables as JSON beside it', async () => {
  const page = new FakePage();
  await connect(page, { agent: 'porter', variables: { guest: 'Ann & Bob' } });
  const query = new URLSearchParams(page.requests[0]?.url.split('?')[1]);
  assert.deepEqual(Object.fromEntries(query), {
    agent: 'porter',
    variables: '{"guest":"Ann & Bob"}',
    dcid: '0',
  });
});

test('[CLI4] [CLI6] a refusal rejects with the code of the server and leaves nothing open', async () => {
  const page = new FakePage();
  page.answer = () => {
    const error = { type: 'rate_limit_error', code: 'too_many_sessions', message: 'Full.' };
    return Promise.resolve(new Response(JSON.stringify({ error }), { status: 429 }));
  };
  await assert.rejects(begin(page), {
    code: 'server_refused',
    httpStatus: 429,
    serverCode: 'too_many_sessions',
    message: 'Full.',
  });
  assert.deepEqual(await page.leftovers(), []);
  assert.deepEqual(page.hangUps, []);
});

test('[CLI5] configuration and actions follow session.created in one session.update', async () => {
  const page = new FakePage();
  const handler = (): string => 'x';
  const connecting = begin(page, {
    sessionConfig: { instructions: 'Be brief.' },
    actions: [{ name: 'ours', description: 'Ours.', parameters: { type: 'object' }, handler }],
  });
  await settle();
  assert.deepEqual(page.call.sent, []);
  page.call.receive(CREATED);
  await connecting;
  assert.deepEqual(page.call.sent, [
    {
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'Be brief.',
        tools: [
          { type: 'function', name: 'theirs' },
          {
            type: 'function',
            name: 'ours',
            description: 'Ours.',
            parameters: { type: 'object' },
          },
        ],
      },
    },
  ]);
});

test('[CLI5] without configuration and actions nothing is sent', async () => {
  const page = new FakePage();
  await connect(page);
  assert.deepEqual(page.call.sent, []);
});

test('[CLI5] phases and setup timings are told as they come', async () => {
  const page = new FakePage();
  const phases: SessionPhase[] = [];
  const connecting = begin(
    page,
    {},
    {
      onStatus: ({ phase }) => {
        if (phases.at(-1) !== phase) phases.push(phase);
      },
    },
  );
  await settle();
  page.nowMs += 40;
  page.call.sink.onIceState('connected');
  page.call.sink.onStep('peer_connected');
  page.call.sink.onStep('channel_open');
  page.call.sink.onLive('webrtc');
  assert.equal(phases.at(-1), 'connecting');
  page.nowMs += 2;
  page.call.receive(CREATED);
  const session = await connecting;
  assert.deepEqual(phases, ['microphone', 'signalling', 'connecting', 'live']);
  assert.equal(session.status.iceState, 'connected');
  assert.equal(session.status.setup.iceMs, 40);
  assert.equal(session.status.setup.sessionMs, 2);
  assert.equal(session.status.setup.totalMs, 42);
});

test('[CLI6] a microphone that is refused rejects and leaves nothing open', async () => {
  const page = new FakePage();
  page.microphoneFailure = new PrismClientError('microphone_denied');
  await assert.rejects(begin(page), { code: 'microphone_denied' });
  assert.deepEqual(await page.leftovers(), []);
  assert.deepEqual(page.requests, []);
});

test('[CLI6] a server that cannot be reached rejects and leaves nothing open', async () => {
  const page = new FakePage();
  page.answer = () => Promise.reject(new TypeError('Failed to fetch'));
  await assert.rejects(begin(page), { code: 'server_unreachable' });
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] an answer that is no SDP rejects and leaves nothing open', async () => {
  const page = new FakePage();
  page.answer = () => Promise.resolve(new Response('<html>', { status: 200 }));
  await assert.rejects(begin(page), { code: 'answer_invalid' });
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] a browser that fails in an unknown way rejects with setup_failed', async () => {
  const page = new FakePage();
  page.offerFailure = new Error('out of memory');
  await assert.rejects(begin(page), { code: 'setup_failed' });
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] aborting while the microphone opens closes it when it has opened', async () => {
  const page = new FakePage();
  const abort = new AbortController();
  page.onMicrophone = () => {
    abort.abort();
  };
  await assert.rejects(begin(page, { signal: abort.signal }), { code: 'connect_aborted' });
  assert.equal(page.media.length, 1);
  assert.deepEqual(await page.leftovers(), []);
  assert.deepEqual(page.requests, []);
});

test('[CLI6] aborting during the request cancels it', async () => {
  const page = new FakePage();
  const abort = new AbortController();
  page.answer = () => aborted(page.requests[0]?.init.signal);
  const connecting = begin(page, { signal: abort.signal });
  await settle();
  abort.abort();
  await assert.rejects(connecting, { code: 'connect_aborted' });
  assert.equal(page.requests[0]?.init.signal?.aborted, true);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] a call that is answered after the abort is hung up', async () => {
  const page = new FakePage();
  const abort = new AbortController();
  let answerNow: (response: Response) => void = () => undefined;
  page.answer = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  const connecting = begin(page, { signal: abort.signal });
  await settle();
  abort.abort();
  answerNow(callAnswer());
  await assert.rejects(connecting, { code: 'connect_aborted' });
  await settle();
  assert.deepEqual(page.hangUps, [`${URL}/v1/realtime/calls/rtc_abc/hangup`]);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] a signal that is aborted already asks for nothing', async () => {
  const page = new FakePage();
  await assert.rejects(begin(page, { signal: AbortSignal.abort() }), { code: 'connect_aborted' });
  assert.equal(page.media.length, 0);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI6] no network path rejects with ice_failed and hangs up', async () => {
  const page = new FakePage();
  const connecting = begin(page);
  await settle();
  page.call.sink.onEnded('network', new PrismClientError('ice_failed'));
  await assert.rejects(connecting, { code: 'ice_failed' });
  assert.equal(page.hangUps.length, 1);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI7] a session that does not come in time rejects with connect_timeout', async () => {
  const page = new FakePage();
  const connecting = begin(page, { connectTimeoutMs: 5000 });
  await settle();
  page.advance(4999);
  assert.equal(page.call.isClosed, false);
  page.advance(1);
  await assert.rejects(connecting, { code: 'connect_timeout' });
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI7] an error event that came meanwhile explains the timeout', async () => {
  const page = new FakePage();
  const connecting = begin(page, { connectTimeoutMs: 5000 });
  await settle();
  page.call.receive({
    type: 'error',
    error: { type: 'server_error', code: 'upstream_unreachable', message: 'No upstream.' },
  });
  page.advance(5000);
  await assert.rejects(connecting, { serverCode: 'upstream_unreachable', message: 'No upstream.' });
});

test('[CLI7] the timeout ends with the connection', async () => {
  const page = new FakePage();
  const session = await connect(page);
  assert.equal(page.timers.size, 0);
  page.advance(1_000_000);
  assert.equal(session.status.phase, 'live');
});

test('[CLI10] close hangs up once and frees everything', async () => {
  const page = new FakePage();
  const closed: unknown[] = [];
  const session = await connect(
    page,
    { token: 'ek_1' },
    { onClosed: (error) => closed.push(error) },
  );
  session.close();
  session.close();
  assert.deepEqual(page.hangUps, [`${URL}/v1/realtime/calls/rtc_abc/hangup`]);
  const hangUp = page.requests.at(-1)?.init;
  assert.equal(hangUp?.keepalive, true);
  assert.deepEqual(hangUp.headers, { Authorization: 'Bearer ek_1' });
  assert.deepEqual(closed, [undefined]);
  assert.equal(session.status.phase, 'closed');
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] close silences the call at once and lets the server know before the peer goes', async () => {
  const page = new FakePage();
  let answerNow: (response: Response) => void = () => undefined;
  page.hangUpAnswer = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  const session = await connect(page);
  session.close();
  await settle();
  assert.equal(page.call.isStopped, true);
  assert.equal(page.call.isClosed, false);
  answerNow(new Response(null));
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] a server that does not answer the hang-up holds the connection for a second', async () => {
  const page = new FakePage();
  page.hangUpAnswer = () => new Promise(() => undefined);
  const session = await connect(page);
  session.close();
  await settle();
  page.advance(999);
  assert.equal(page.call.isClosed, false);
  page.advance(1);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] a hang-up that fails closes the connection all the same', async () => {
  const page = new FakePage();
  page.hangUpAnswer = () => Promise.reject(new TypeError('Failed to fetch'));
  const session = await connect(page);
  session.close();
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] nothing is heard after the end', async () => {
  const page = new FakePage();
  const heard: string[] = [];
  const session = await connect(page, {}, { onClosed: () => heard.push('closed') });
  session.close();
  page.call.sink.onEnded('network', new PrismClientError('ice_failed'));
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  page.call.sink.onLive('webrtc');
  assert.deepEqual(heard, ['closed']);
  assert.equal(session.status.phase, 'closed');
  assert.equal(await session.statistics(), undefined);
});

test('[CLI10] a page that goes away hangs up', async () => {
  const page = new FakePage();
  await connect(page);
  for (const listener of page.pageHideListeners) listener();
  assert.equal(page.hangUps.length, 1);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI11] a call that the server closes ends with its last error and no hang-up', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  const session = await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.receive({
    type: 'error',
    error: { type: 'server_error', code: 'server_draining', message: 'Going down.' },
  });
  assert.equal(session.status.phase, 'live');
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  assert.equal(closed[0]?.code, 'connection_closed');
  assert.equal(closed[0].serverCode, 'server_draining');
  assert.deepEqual(page.hangUps, []);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI11] an error of long ago does not explain the end of the call', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.receive({ type: 'error', error: { code: 'invalid_value', message: 'Old.' } });
  page.advance(2001);
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  assert.equal(closed[0]?.code, 'connection_closed');
  assert.equal(closed[0].serverCode, undefined);
});

for (const [how, end] of [
  [
    'the channel closes',
    (page: FakePage) => page.call.sink.onEnded('closed', new PrismClientError('connection_closed')),
  ],
  [
    'the connection fails',
    (page: FakePage) => page.call.sink.onEnded('network', new PrismClientError('ice_failed')),
  ],
] as const)
  test(`[CLI11] an error explains the end of a call that never became live, however late ${how}`, async () => {
    const page = new FakePage();
    const connecting = begin(page);
    await settle();
    page.call.receive({ type: 'error', error: { code: 'upstream_lost', message: 'Gone.' } });
    page.advance(5_000);
    end(page);
    await assert.rejects(connecting, { code: 'connection_closed', serverCode: 'upstream_lost' });
    assert.deepEqual(await page.leftovers(), []);
  });

test('[CLI12] a lost path is unstable, then live again', async () => {
  const page = new FakePage();
  const session = await connect(page);
  page.call.sink.onUnstable();
  assert.equal(session.status.phase, 'unstable');
  page.call.sink.onLive('webrtc');
  assert.equal(session.status.phase, 'live');
});

test('[CLI12] a path that is lost for good ends with connection_lost', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.sink.onUnstable();
  page.call.sink.onEnded('network', new PrismClientError('ice_failed'));
  assert.equal(closed[0]?.code, 'connection_lost');
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI69] every event has an id, its own or one that no other has', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.sendText('hello');
  session.send({ type: 'response.create', event_id: 'mine' });
  const [first, second, third] = page.call.sentIds;
  assert.match(String(first), /^event_/);
  assert.notEqual(first, second);
  assert.equal(third, 'mine');
  assert.equal(page.call.sent.at(-1)?.event_id, 'mine');
});

test('[CLI64] the newest event of the session is the one that a new way begins after', async () => {
  const page = new FakePage();
  await connect(page);
  assert.equal(page.call.request.lastEventId(), undefined);
  page.call.receive({ type: 'conversation.item.added', event_id: 'event_1' });
  page.call.receive({ type: 'prism.session.resumed', event_id: 'event_2' });
  page.call.receive({ type: 'some.event' });
  assert.equal(page.call.request.lastEventId(), 'event_1');
});

test('[CLI13] interrupt cancels only what is being generated, and always clears', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.interrupt();
  assert.deepEqual(types(page.call.sent), ['output_audio_buffer.clear']);
  page.call.receive({ type: 'response.created', response: { id: 'r1' } });
  session.interrupt();
  assert.deepEqual(types(page.call.sent.slice(1)), [
    'response.cancel',
    'output_audio_buffer.clear',
  ]);
  page.call.receive({ type: 'response.done', response: { id: 'r1', status: 'cancelled' } });
  session.interrupt();
  assert.deepEqual(types(page.call.sent.slice(3)), ['output_audio_buffer.clear']);
});

test('[CLI14] typed words ask for a response, and interrupt the answer that is playing', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.sendText('hello');
  assert.deepEqual(page.call.sent, [
    {
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
    },
    { type: 'response.create' },
  ]);
  page.call.receive({ type: 'output_audio_buffer.started', response_id: 'r1' });
  session.sendText('stop');
  assert.deepEqual(types(page.call.sent.slice(2)), [
    'output_audio_buffer.clear',
    'conversation.item.create',
    'response.create',
  ]);
});

test('[CLI15] sending after the end throws not_connected', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.close();
  assert.throws(
    () => {
      session.send({ type: 'response.create' });
    },
    { code: 'not_connected' },
  );
  assert.deepEqual(page.call.sent, []);
});

test('[CLI16] a listener that throws is reported and disturbs nothing', async () => {
  const page = new FakePage();
  const failure = new Error('listener');
  const session = await connect(
    page,
    { sessionConfig: {} },
    {
      onServerEvent: () => {
        throw failure;
      },
      onStatus: () => {
        throw failure;
      },
    },
  );
  assert.equal(session.status.phase, 'live');
  assert.deepEqual(types(page.call.sent), ['session.update']);
  assert.ok(page.reported.length > 1);
  assert.ok(page.reported.every((reported) => reported === failure));
});

test('[CLI16] what is no event is ignored', async () => {
  const page = new FakePage();
  const events: WireEvent[] = [];
  await connect(page, {}, { onServerEvent: (event) => events.push(event) });
  for (const text of ['', '{', 'null', '[]', '{"type":7}']) page.call.sink.onMessage(text);
  assert.deepEqual(types(events), ['session.created']);
});

test('[CLI24] [ACN3] actions of a live session are offered with all tools, once for all that changes', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.onAction('theirs', { parameters: { type: 'object' } }, () => 'replaced');
  const takeBack = session.onAction('other', { parameters: {} }, () => 'x');
  await settle();
  const theirs = { type: 'function', name: 'theirs', parameters: { type: 'object' } };
  const other = { type: 'function', name: 'other', parameters: {} };
  const offers = (): readonly unknown[] => page.call.sent.map(({ session: sent }) => sent);
  assert.deepEqual(offers(), [{ type: 'realtime', tools: [theirs, other] }]);
  takeBack();
  session.onAction('other', { parameters: {} }, () => 'y');
  await settle();
  assert.equal(page.call.sent.length, 1);
});

test('[ACN3] an action that is taken back is not offered any more, and the other tools stay', async () => {
  const page = new FakePage();
  const session = await connect(page);
  const takeBack = session.onAction('paint', { parameters: {} }, () => 'x');
  await settle();
  takeBack();
  takeBack();
  await settle();
  assert.deepEqual(page.call.sent.at(-1), {
    type: 'session.update',
    session: { type: 'realtime', tools: [{ type: 'function', name: 'theirs' }] },
  });
  assert.equal(page.call.sent.length, 2);
});

test("[ACN2] an action without parameters is the agent's to declare: it runs and is not offered", async () => {
  const page = new FakePage();
  const session = await connect(page, { actions: [{ name: 'theirs', handler: () => 'shown' }] });
  session.onAction('more', {}, () => 'x');
  await settle();
  assert.deepEqual(page.call.sent, []);
  page.call.receive({
    type: 'response.output_item.done',
    response_id: 'r1',
    item: { type: 'function_call', name: 'theirs', call_id: 'c1', arguments: '{"any":1}' },
  });
  await settle();
  assert.deepEqual(page.call.sent, [
    {
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'c1', output: 'shown' },
    },
  ]);
});

test('[CLI20] a session runs the actions of its options', async () => {
  const page = new FakePage();
  await connect(page, {
    actions: [{ name: 'add', parameters: {}, handler: ({ a }) => ({ a }) }],
  });
  page.call.receive({
    type: 'response.output_item.done',
    response_id: 'r1',
    item: { type: 'function_call', name: 'add', call_id: 'c1', arguments: '{"a":2}' },
  });
  await settle();
  assert.deepEqual(page.call.sent.at(-1), {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: 'c1', output: '{"a":2}' },
  });
});

test('[CLI56] asked to, it takes the ICE servers of Prism, with the key, before it opens its media', async () => {
  const page = new FakePage();
  const servers = [{ urls: ['turn:t'], username: 'u', credential: 'c' }];
  page.iceServersAnswer = () => Promise.resolve(Response.json({ ice_servers: servers, ttl: 60 }));
  const session = await connect(page, { token: 'ek_1', iceServers: 'server' });
  assert.equal(page.requests[0]?.url, 'http://prism.test/below/v1/realtime/ice-servers');
  assert.deepEqual(page.requests[0]?.init.headers, { Authorization: 'Bearer ek_1' });
  assert.deepEqual(page.mediaRequests[0]?.iceServers, servers);
  session.close();
});

test('[CLI56] a server that can not tell them does not stop the call', async () => {
  for (const answer of [
    () => Promise.reject(new TypeError('offline')),
    () => Promise.resolve(new Response('gone', { status: 404 })),
    () => Promise.resolve(new Response('no json')),
    () => Promise.resolve(Response.json({ ice_servers: 'none' })),
    () => Promise.resolve(Response.json(null)),
  ]) {
    const page = new FakePage();
    page.iceServersAnswer = answer;
    const session = await connect(page, { iceServers: 'server' });
    assert.deepEqual(page.mediaRequests[0]?.iceServers, []);
    session.close();
  }
});

test('[CTX8] what the user sees is told in one event, and null takes it back', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.updateContext({ page: 'cart', items: 2 });
  session.updateContext(undefined);
  assert.deepEqual(page.call.sent, [
    { type: 'prism.context.update', context: { page: 'cart', items: 2 } },
    { type: 'prism.context.update', context: null },
  ]);
  session.close();
  assert.throws(() => session.updateContext({}), { code: 'not_connected' });
});
