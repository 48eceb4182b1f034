import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freePortVariables } from '../harness/free-port.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { type SimulatedUpstream, startSimulatedUpstream } from '../harness/simulated-upstream.ts';
import { SocketClient } from '../harness/socket-client.ts';

const KEY = 'sk-prism-test';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
const TOKEN_KEY = 'a token key of thirty-two characters';
const LOUD_RMS = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'prism-drain-'));
after(() => rmSync(folder, { recursive: true }));

async function readiness(url: string): Promise<{ status: number; reasons: readonly string[] }> {
  const response = await fetch(`${url}/readyz`);
  const { reasons } = (await response.json()) as { reasons: readonly string[] };
  return { status: response.status, reasons };
}

function idsOf(client: { readonly events: readonly Record<string, unknown>[] }): readonly string[] {
  return client.events.map((event) => String(event['event_id']));
}

suite('handing a conversation to another node', () => {
  let upstream: SimulatedUpstream;
  let settings: Record<string, unknown>;

  before(async () => {
    upstream = await startSimulatedUpstream({
      timing: { audio_ms: 8_000, first_audio_ms: 20, pace_ratio: 4 },
      answers: [{ text: 'One two three four five six seven eight nine ten eleven twelve.' }],
    });
    settings = {
      ...upstream.settings,
      apiKeys: [KEY],
      tokenKeys: [TOKEN_KEY],
      storagePath: join(folder, 'nodes.sqlite'),
      drainMs: 60_000,
    };
  });
  after(() => upstream.close());

  /** A call in the middle of an answer. */
  async function answering(node: PrismUnderTest): Promise<MediaSocketClient> {
    const client = await MediaSocketClient.connect(node.url, { headers: AUTHORIZATION });
    await eventually('session.created', () => client.eventOf('session.created'));
    client.send({ type: 'prism.transcript.subscribe' });
    const content = [{ type: 'input_text', text: 'Count, please.' }];
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content },
    });
    client.send({ type: 'response.create' });
    await eventually('three words', () => client.heardRms.length > 60);
    return client;
  }

  /** Whoever comes back by socket or by offer is sent on. */
  async function refusesReturn(url: string, callId: string, offerSdp: string): Promise<void> {
    const query = { call_id: callId };
    await assert.rejects(
      MediaSocketClient.connect(url, { headers: AUTHORIZATION, query }),
      /HTTP 503.*server_draining/,
    );
    const response = await fetch(`${url}/v1/realtime/calls/${callId}`, {
      method: 'PATCH',
      headers: { ...AUTHORIZATION, 'content-type': 'application/sdp' },
      body: offerSdp,
    });
    assert.equal(response.status, 503);
    assert.match(await response.text(), /server_draining/);
  }

  test('[HND20] [HND25] a call goes on at another node in the middle of an answer, once', async () => {
    const [old, next] = [await startPrism(settings), await startPrism(settings)];
    const client = await answering(old);
    const offerSdp = await RtcClient.makeOffer();
    const drained = old.prism.drain();
    await eventually('word of draining', () => client.eventOf('prism.server.draining'));
    client.send({ type: 'prism.session.move' });
    const moved = await eventually('the end', () => client.eventOf('prism.session.moved'));
    assert.equal(moved['is_kept'], true);
    // The client still has its socket there, and its session with it.
    await refusesReturn(old.url, client.callId, offerSdp);
    await eventually('the close', () => client.end);
    assert.equal(client.end?.code, 1_012);
    await drained;
    assert.equal(client.eventOf('error'), undefined);

    const lastEventId = String(client.events[client.events.indexOf(moved) - 1]?.['event_id']);
    const query = { call_id: client.callId, last_event_id: lastEventId };
    const back = await MediaSocketClient.connect(next.url, { headers: AUTHORIZATION, query });
    await eventually('the answer', () => back.heardRms.some((rms) => rms > LOUD_RMS));
    assert.equal(back.callId, client.callId);
    const [resumed] = back.events;
    assert.deepEqual(
      [resumed?.['type'], resumed?.['is_complete'], resumed?.['continues']],
      ['prism.session.resumed', true, 'conversation'],
    );
    assert.equal(back.eventOf('session.created'), undefined);
    const ids = [...idsOf(client), ...idsOf(back)];
    assert.deepEqual(ids, [...new Set(ids)], 'an event came twice');
    const cut = client.eventOf('prism.transcript.heard');
    assert.equal(cut?.['is_cut'], true);
    // What is told of items is of the new answer alone.
    const items = back.events
      .filter(({ type }) => type === 'conversation.item.added')
      .map(({ item }) => (item as { role?: string }).role);
    assert.deepEqual(items, ['assistant']);
    back.close();
    await eventually('the end of the call', () => next.liveCalls() === 0);
    const transcript = await eventually('the transcript', () =>
      next.log.find(({ msg }) => msg === 'transcript.final'),
    );
    assert.equal(transcript['entryCount'], 3);
    await next.prism.close();
  });

  test('[HND21] a conversation is fetched once, by who may, and not while it drains', async () => {
    const nodes = [
      await startPrism(settings),
      await startPrism(settings),
      await startPrism(settings),
    ] as const;
    const [old, first, second] = nodes;
    const client = await answering(old);
    client.send({ type: 'prism.session.move' });
    await eventually('the close', () => client.end);
    const query = { call_id: client.callId };
    const connect = (url: string, headers: Record<string, string>): Promise<MediaSocketClient> =>
      MediaSocketClient.connect(url, { headers, query });
    const secret = await mint(first.url);
    await assert.rejects(
      connect(first.url, { authorization: `Bearer ${secret}` }),
      /HTTP 404.*call_id_not_found/,
    );
    const both = await Promise.allSettled([
      connect(first.url, AUTHORIZATION),
      connect(second.url, AUTHORIZATION),
    ]);
    const found = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    assert.equal(found.length, 1);
    for (const each of found) each.close();
    for (const { prism } of nodes) await prism.close();
  });

  test('[HND22] without keys that another process has, a client is told that nothing is kept', async () => {
    const node = await startPrism({ ...settings, tokenKeys: [] });
    const client = await answering(node);
    const drained = node.prism.drain();
    const told = await eventually('draining', () => client.eventOf('prism.server.draining'));
    assert.equal(told['can_move'], false);
    client.send({ type: 'prism.session.move' });
    const moved = await eventually('the end', () => client.eventOf('prism.session.moved'));
    assert.equal(moved['is_kept'], false);
    await drained;
    const next = await startPrism(settings);
    const call_id = client.callId;
    await assert.rejects(
      MediaSocketClient.connect(next.url, { headers: AUTHORIZATION, query: { call_id } }),
      /HTTP 404/,
    );
    // It begins anew, and is told so.
    const query = { last_event_id: idsOf(client).at(-1) ?? '' };
    const anew = await MediaSocketClient.connect(next.url, { headers: AUTHORIZATION, query });
    const resumed = await eventually('word', () => anew.eventOf('prism.session.resumed'));
    assert.deepEqual([resumed['is_complete'], resumed['continues']], [false, 'nothing']);
    await eventually('session.created', () => anew.eventOf('session.created'));
    anew.close();
    await next.prism.close();
  });
});

async function mint(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/realtime/client_secrets`, {
    method: 'POST',
    headers: { ...AUTHORIZATION, 'content-type': 'application/json' },
    body: JSON.stringify({ session: { type: 'realtime' } }),
  });
  const { value } = (await response.json()) as { value: string };
  return value;
}

suite('SIGTERM', () => {
  let upstream: SimulatedUpstream;
  before(async () => {
    upstream = await startSimulatedUpstream({ timing: { audio_ms: 500, first_audio_ms: 20 } });
  });
  after(() => upstream.close());

  const SOCKET_CALLS = 60;
  const RTC_CALLS = 20;
  const REALTIME_SOCKETS = 20;

  test('[DRN1] [DRN2] [DRN4] [DRN5] 100 sessions: none lost before the deadline, all told, exit code 0', async () => {
    const { prism, url } = await PrismProcess.serve({
      ...upstream.env,
      PRISM_DRAIN_MS: '4000',
      PRISM_TOKEN_KEYS: TOKEN_KEY,
      PRISM_STORAGE_PATH: join(folder, 'sigterm.sqlite'),
    });
    const rtc = await Promise.all(
      Array.from({ length: RTC_CALLS }, async () => RtcClient.connect(url)),
    );
    const media = await Promise.all(
      Array.from({ length: SOCKET_CALLS }, async () => MediaSocketClient.connect(url)),
    );
    const sockets = await Promise.all(
      Array.from({ length: REALTIME_SOCKETS }, async () => SocketClient.open(url, '/v1/realtime')),
    );
    const clients = [...rtc, ...media, ...sockets];
    const ofType = (client: (typeof clients)[number], type: string): boolean =>
      client.events.some((event) => event['type'] === type);
    await eventually(
      'all sessions',
      () => clients.every((client) => ofType(client, 'session.created')),
      30_000,
    );
    // Half of the calls know Prism, and all are in the middle of a conversation.
    const aware = [...rtc, ...media].filter((_, index) => index % 2 === 0);
    for (const client of aware) client.send({ type: 'prism.transcript.subscribe' });
    for (const client of clients) client.send({ type: 'response.create' });
    await eventually(
      'all answers',
      () => clients.every((client) => ofType(client, 'response.done')),
      30_000,
    );

    prism.signal('SIGTERM');
    await eventually('word to all who know Prism', () =>
      aware.every((client) => ofType(client, 'prism.server.draining')),
    );
    assert.deepEqual(await readiness(url), { status: 503, reasons: ['draining'] });
    const refused = await fetch(`${url}/v1/realtime/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: await RtcClient.makeOffer(),
    });
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /server_draining/);
    // All go on: each has another answer.
    const answersOf = (client: (typeof clients)[number]): number =>
      client.events.filter((event) => event['type'] === 'response.done').length;
    for (const client of clients) client.send({ type: 'response.create' });
    await eventually('another answer each', () => clients.every((each) => answersOf(each) === 2));
    assert.equal(
      [...media.map(({ end }) => end), ...sockets.map(({ close }) => close)].filter(Boolean).length,
      0,
    );
    assert.equal(rtc.filter(({ isConnected }) => !isConnected).length, 0);

    assert.equal(await prism.exitCode(), 0);
    await eventually('the end of all sockets', () =>
      [...media.map(({ end }) => end), ...sockets.map(({ close }) => close)].every(
        (close) => close?.code === 1_012,
      ),
    );
    const errorsOf = (client: (typeof clients)[number]): readonly unknown[] =>
      client.events.flatMap((event) =>
        event['type'] === 'error' ? [(event['error'] as { code: string }).code] : [],
      );
    for (const client of clients) assert.deepEqual(errorsOf(client), ['server_draining']);
    const ended = prism.log.filter(({ msg }) => msg === 'call ended');
    assert.deepEqual(
      [ended.length, new Set(ended.map(({ reason }) => reason))],
      [clients.length, new Set(['server_draining'])],
    );
    assert.equal(
      prism.log.filter(({ msg }) => msg === 'session.moved').length,
      RTC_CALLS + SOCKET_CALLS,
    );
    assert.ok(
      prism.log.some(({ msg, sessions }) => msg === 'draining' && sessions === clients.length),
    );
    for (const client of rtc) client.close();
  });

  test('[DRN11] without sessions the server stops at once; a second signal ends it at once', async () => {
    const env = { ...upstream.env, PRISM_DRAIN_MS: '600000' };
    const empty = await PrismProcess.serve(env);
    assert.equal(await empty.prism.stop('SIGINT'), 0);
    const busy = await PrismProcess.serve(env);
    const client = await MediaSocketClient.connect(busy.url);
    await eventually('the session', () => client.eventOf('session.created'));
    busy.prism.signal('SIGTERM');
    await eventuallyAsync('draining', async () => (await readiness(busy.url)).status === 503);
    assert.equal(await busy.prism.stop('SIGTERM'), 130);
    await eventually('the end', () => client.end);
  });

  test('[HND24] after a restart on one machine calls go on, over WebRTC and over the socket', async () => {
    const env = {
      ...upstream.env,
      ...(await freePortVariables()),
      PRISM_DRAIN_MS: '600000',
      PRISM_TOKEN_KEYS: TOKEN_KEY,
      PRISM_STORAGE_PATH: join(folder, 'restart.sqlite'),
    };
    const old = await PrismProcess.serve(env);
    const [rtc, media] = [
      await RtcClient.connect(old.url),
      await MediaSocketClient.connect(old.url),
    ];
    for (const client of [rtc, media]) {
      await eventually('the session', () => client.eventOf('session.created'));
      client.send({ type: 'prism.transcript.subscribe' });
      client.send({ type: 'response.create' });
      await eventually('an answer', () => client.eventOf('prism.transcript.entry'));
    }
    old.prism.signal('SIGTERM');
    for (const client of [rtc, media]) {
      await eventually('draining', () => client.eventOf('prism.server.draining'));
      client.send({ type: 'prism.session.move' });
      await eventually('the record', () => client.eventOf('prism.session.moved'));
    }
    rtc.close();
    // Nobody waits for the deadline, which is minutes away.
    let exitCode: number | null | undefined;
    void old.prism.exitCode().then((code) => (exitCode = code));
    await eventually('the exit', () => exitCode !== undefined);
    assert.equal(exitCode, 0);

    const { prism, url } = await PrismProcess.serve(env);
    const query = { call_id: media.callId, last_event_id: idsOf(media).at(-2) ?? '' };
    const socket = await MediaSocketClient.connect(url, { query });
    const again = RtcClient.create();
    const response = await fetch(
      `${url}/v1/realtime/calls/${rtc.callId}?last_event_id=${idsOf(rtc).at(-2)}`,
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/sdp' },
        body: await again.offer(),
      },
    );
    assert.equal(response.status, 200);
    again.answer(await response.text());
    for (const client of [socket, again]) {
      const resumed = await eventually('word', () => client.eventOf('prism.session.resumed'));
      assert.deepEqual([resumed['is_complete'], resumed['continues']], [true, 'conversation']);
      client.send({ type: 'response.create' });
      await eventually('an answer', () => client.eventOf('output_audio_buffer.stopped'));
    }
    again.close();
    socket.close();
    assert.equal(await prism.stop(), 0);
  });
});
