import assert from 'node:assert/strict';
import test from 'node:test';
import { PrismClientError } from '../client-error.ts';
import type { SessionPhase } from '../session-options.ts';
import { callAnswer, FakePage, settle } from '../testing/fake-page.ts';
import { begin, CREATED, connect, PRISM_URL } from '../testing/page-session.ts';

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new DOMException('x', 'AbortError'));
    });
  });
}

test('[CLI3] [CLI71] the offer goes below the path prefix with the key, and Location names the call', async () => {
  const page = new FakePage();
  const session = await connect(page, { token: 'ek_1', url: `${PRISM_URL}/` });
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
  assert.deepEqual(page.hangUps, [`${PRISM_URL}/v1/realtime/calls/rtc_abc/hangup`]);
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
