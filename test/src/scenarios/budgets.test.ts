import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { BillingUpstream, MICRO_USD_PER_TOKEN } from '../harness/billing-upstream.ts';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { usageOf } from '../harness/usage-answer.ts';

const TURN_TOKENS = 200;
const TURN_USD = (TURN_TOKENS * MICRO_USD_PER_TOKEN) / 1e6;
const SAMPLES_PER_S = 24_000;

async function startWith(
  upstream: FakeUpstream,
  settings: Parameters<typeof startPrism>[0],
): Promise<PrismUnderTest> {
  return startPrism({
    upstreamKind: 'openai',
    upstreamApiKey: 'sk-test-upstream',
    upstreamBaseUrl: upstream.baseUrl,
    ...settings,
  });
}

/** A tone that the upstream, or a listener, can't take for silence. */
function tone(seconds: number): Int16Array {
  return Int16Array.from({ length: seconds * SAMPLES_PER_S }, (_, index) =>
    Math.round(6_000 * Math.sin((2 * Math.PI * 440 * index) / SAMPLES_PER_S)),
  );
}

/** The code and the limit of the error that somebody was told last. */
function lastError(events: readonly Record<string, unknown>[]): unknown {
  const error = events.findLast(({ type }) => type === 'error')?.['error'];
  const { code, param } = (error ?? {}) as { code?: unknown; param?: unknown };
  return `${String(code)} ${String(param)}`;
}

/** A client that asks for one response after the other, until it is refused or ended. Answers why. */
async function talkUntilEnd(url: string): Promise<'refused' | 'ended'> {
  const client = await SocketClient.open(url, '/v1/realtime').catch(() => undefined);
  if (client === undefined) return 'refused';
  let asked = 0;
  await eventually(
    'end of the session',
    () => {
      const done = client.events.filter(({ type }) => type === 'response.done').length;
      if (client.close === undefined && asked === done) {
        asked += 1;
        client.send({ type: 'response.create' });
      }
      return client.close !== undefined;
    },
    60_000,
  );
  return client.events.some(({ type }) => type === 'session.created') ? 'ended' : 'refused';
}

suite('a budget for ten', () => {
  for (const [what, tokensOf] of [
    ['as dear as reserved', (): number => TURN_TOKENS],
    ['of any lesser price', (count: number): number => 1 + ((count * 7_919) % TURN_TOKENS)],
  ] as const) {
    test(`[BUD19] 200 clients at once, turns ${what}: never more than the budget is spent`, async (t) => {
      const upstream = await BillingUpstream.start(tokensOf);
      const budgetUsd = 10 * TURN_USD;
      const server = await startWith(upstream.fake, {
        sessionCountMax: 300,
        budgets: [{ scope: 'server', period: 'day', costUsd: budgetUsd }],
        turnCostUsd: TURN_USD,
      });
      t.after(async () => {
        await server.prism.close();
        await upstream.fake.close();
      });
      const ends = await Promise.all(
        Array.from({ length: 200 }, async () => talkUntilEnd(server.url)),
      );
      assert.ok(ends.includes('refused'));
      assert.ok(upstream.responseCount >= 10, `${upstream.responseCount} responses`);
      await eventually('end of all sessions', () => server.liveCalls() === 0);
      assert.ok(upstream.billedMicroUsd <= budgetUsd * 1e6, `${upstream.billedMicroUsd} billed`);
      // What is left is less than a turn: as much was spent as could be.
      assert.ok(upstream.billedMicroUsd > (budgetUsd - TURN_USD) * 1e6);
      const [used] = await usageOf(server.url);
      assert.equal(used?.tokens.audio_out, upstream.billedTokens);
      assert.equal(Math.round((used?.cost_usd ?? 0) * 1e6), upstream.billedMicroUsd);
    });
  }

  test('[BUD10] whoever comes too late is refused over HTTP, for a call and for a socket, before anything is dialled', async (t) => {
    const upstream = await FakeUpstream.start();
    const server = await startWith(upstream, {
      budgets: [{ scope: 'server', period: 'day', tokens: 5_000 }],
    });
    t.after(async () => {
      await server.prism.close();
      await upstream.close();
    });
    const first = await SocketClient.open(server.url, '/v1/realtime');
    await eventually('session.created', () => first.eventOf('session.created'));
    const refused = await SocketClient.refused(server.url, '/v1/realtime');
    assert.deepEqual([refused.status, refused.code], [429, 'budget_exceeded']);
    const waitS = Number((refused.headers as Record<string, string>)['retry-after']);
    assert.ok(waitS > 0 && waitS <= 86_400, `${waitS} s`);
    const offer = await RtcClient.makeOffer();
    const call = await fetch(`${server.url}/v1/realtime/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: offer,
    });
    assert.equal(call.status, 429);
    assert.ok(Number(call.headers.get('retry-after')) > 0);
    assert.equal(upstream.handshakes.length, 1);
    first.socket.close();
    await eventually('end', () => server.liveCalls() === 0);
    const next = await SocketClient.open(server.url, '/v1/realtime');
    await eventually('session.created', () => next.eventOf('session.created'));
    next.socket.close();
  });

  test('[BUD15] [BUD17] [USE10] each user of a key has a budget of his own, and the ledger knows both', async (t) => {
    const upstream = await BillingUpstream.start(() => TURN_TOKENS);
    const key = { authorization: 'Bearer sk-prism-test' };
    const server = await startWith(upstream.fake, {
      apiKeys: ['sk-prism-test'],
      budgets: [{ scope: 'user', period: 'day', tokens: TURN_TOKENS, sessionsAtOnce: 1 }],
      turnTokens: TURN_TOKENS,
    });
    t.after(async () => {
      await server.prism.close();
      await upstream.fake.close();
    });
    const secretOf = async (user: string): Promise<Record<string, string>> => {
      const response = await fetch(`${server.url}/v1/realtime/client_secrets`, {
        method: 'POST',
        headers: { ...key, 'content-type': 'application/json' },
        body: JSON.stringify({ prism: { user } }),
      });
      const { value } = (await response.json()) as { value: string };
      return { authorization: `Bearer ${value}` };
    };
    const alice = await secretOf('alice');
    const client = await SocketClient.open(server.url, '/v1/realtime', { headers: alice });
    await eventually('session.created', () => client.eventOf('session.created'));
    const second = await SocketClient.refused(server.url, '/v1/realtime', alice);
    assert.deepEqual([second.status, second.code], [429, 'budget_exceeded']);
    client.send({ type: 'response.create' });
    await eventually('end', () => client.close);
    assert.equal(lastError(client.events), 'budget_exceeded budget');
    await eventually('end of the session', () => server.liveCalls() === 0);
    const third = await SocketClient.refused(server.url, '/v1/realtime', alice);
    assert.equal(third.code, 'budget_exceeded');
    const bob = await SocketClient.open(server.url, '/v1/realtime', {
      headers: await secretOf('bob'),
    });
    await eventually('session.created', () => bob.eventOf('session.created'));
    bob.socket.close();
    await eventually('end of the session', () => server.liveCalls() === 0);
    const used = await usageOf(server.url, '?group_by=user', key);
    const tokens = new Map(used.map(({ group, tokens: { total } }) => [group['user'], total]));
    assert.equal(tokens.get('alice'), TURN_TOKENS);
    await assert.rejects(usageOf(server.url, '', alice), /HTTP 403/);
  });

  test('[BUD13] responses beside each other are stopped as soon as no further one is paid for', async (t) => {
    const upstream = await BillingUpstream.start(() => TURN_TOKENS);
    const server = await startWith(upstream.fake, {
      budgets: [{ scope: 'server', period: 'day', costUsd: 3 * TURN_USD }],
      turnCostUsd: TURN_USD,
    });
    t.after(async () => {
      await server.prism.close();
      await upstream.fake.close();
    });
    const client = await SocketClient.open(server.url, '/v1/realtime');
    await eventually('session.created', () => client.eventOf('session.created'));
    for (let count = 0; count < 50; count += 1)
      client.send({ type: 'response.create', response: { conversation: 'none' } });
    await eventually('end', () => client.close);
    assert.equal(lastError(client.events), 'budget_exceeded budget');
    // The one that was sent as the budget said no is the turn that may be beyond it.
    assert.ok(upstream.responseCount <= 4, `${upstream.responseCount} responses`);
  });
});

suite('limits of a session, over WebRTC', () => {
  let upstream: FakeUpstream;

  before(async () => {
    upstream = await FakeUpstream.start();
  });
  after(async () => upstream.close());

  async function call(
    settings: Parameters<typeof startPrism>[0],
  ): Promise<{ server: PrismUnderTest; client: RtcClient }> {
    const server = await startWith(upstream, settings);
    const client = await RtcClient.connect(server.url);
    await eventually('media and channel', () => client.isConnected && client.isChannelOpen);
    await eventually('session.created', () => client.eventOf('session.created'));
    return { server, client };
  }

  test('[BUD20] [USE7] a client that keeps its media and closes its channel is counted and ended', async (t) => {
    const { server, client } = await call({ limitAudioS: 2 });
    t.after(async () => {
      client.close();
      await server.prism.close();
    });
    client.closeChannel();
    await eventually('closed channel', () => !client.isChannelOpen);
    const session = upstream.sessions.at(-1);
    assert.ok(session !== undefined);
    // The call ends in the middle of it, and its track with it.
    const speaking = client.speak(tone(4)).catch(() => undefined);
    await eventually('end of the session', () => server.liveCalls() === 0);
    const heardS = session.appendedSamples / SAMPLES_PER_S;
    assert.ok(heardS <= 2.1, `${heardS} s went upstream`);
    const [used] = await usageOf(server.url);
    assert.ok(used !== undefined);
    assert.ok(Math.abs(used.input_audio_seconds - 2) <= 0.1, `${used.input_audio_seconds} s`);
    assert.ok(used.session_seconds >= 2);
    client.close();
    await speaking;
    const ended = server.log.find(({ msg }) => msg === 'call ended');
    assert.deepEqual([ended?.['reason'], ended?.['limitReached']], ['budget_exceeded', 'audio']);
  });

  test('[BUD5] [BUD6] the model says goodbye, that is heard, and then the call ends', async (t) => {
    const { server, client } = await call({ limitTokens: 100, limitEnding: 'spoken' });
    t.after(async () => {
      client.close();
      await server.prism.close();
    });
    const session = upstream.sessions.at(-1);
    assert.ok(session !== undefined);
    session.send({ type: 'response.created', response: { id: 'resp_a', status: 'in_progress' } });
    session.send({
      type: 'response.done',
      response: {
        id: 'resp_a',
        status: 'completed',
        usage: { input_tokens: 90, output_tokens: 10 },
      },
    });
    const create = await eventually('farewell', () =>
      session.events.find(({ type }) => type === 'response.create'),
    );
    const { instructions, max_output_tokens: tokensMax } = create['response'] as {
      instructions: string;
      max_output_tokens: number;
    };
    assert.match(instructions, /goodbye/);
    assert.equal(tokensMax, 400);
    client.send({ type: 'response.create', event_id: 'more' });
    await eventually('refusal', () => client.eventOf('error'));
    assert.equal(lastError(client.events), 'budget_exceeded tokens');
    client.heardRms.length = 0;
    session.answer(tone(1), 'resp_bye', 'item_bye');
    await eventually('end of the call', () => server.liveCalls() === 0);
    const loudPackets = client.heardRms.filter((rms) => rms > 1_000).length;
    assert.ok(loudPackets >= 45, `${loudPackets} packets of the goodbye were heard`);
    assert.equal(session.events.filter(({ type }) => type === 'response.create').length, 1);
    assert.ok(client.eventTypes().includes('output_audio_buffer.stopped'));
  });

  test('[BUD4] silently, a response is cut off while it is being made', async (t) => {
    const { server, client } = await call({ limitTokens: 40 });
    t.after(async () => {
      client.close();
      await server.prism.close();
    });
    const session = upstream.sessions.at(-1);
    assert.ok(session !== undefined);
    session.send({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } });
    const delta = Buffer.from(tone(1).buffer).toString('base64');
    for (let count = 0; count < 3; count += 1)
      session.send({
        type: 'response.output_audio.delta',
        response_id: 'resp_1',
        item_id: 'item_1',
        output_index: 0,
        content_index: 0,
        delta,
      });
    await eventually('end of the upstream', () => session.closeCode !== undefined);
    await eventually('error', () => client.eventOf('error'));
    assert.equal(lastError(client.events), 'budget_exceeded tokens');
    await eventually('end', () => server.liveCalls() === 0);
    const [used] = await usageOf(server.url);
    assert.equal(used?.estimated, 1);
    assert.equal(used.tokens.audio_out, 40);
  });
});
