import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { SAMPLE_RATE_HZ, SLOT_SAMPLES } from '@prism/core';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream, type FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { MediaSocketClient, type MediaSocketOptions } from '../harness/media-socket-client.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';

const KEY = 'sk-prism-test';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
const LOUD_RMS = 1_000;
/** RTP ticks of a frame at 48 kHz. */
const FRAME_TICKS = SLOT_SAMPLES * 2;

function tone(durationMs: number): Int16Array {
  return Int16Array.from({ length: (SAMPLE_RATE_HZ * durationMs) / 1_000 }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / SAMPLE_RATE_HZ)),
  );
}

suite('the media WebSocket', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;
  const callIds: string[] = [];
  const closers: (() => void)[] = [];

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'openai',
      upstreamApiKey: 'sk-test-upstream',
      upstreamBaseUrl: upstream.baseUrl,
      apiKeys: [KEY],
    });
  });
  after(async () => {
    await server.prism.close();
    await upstream.close();
  });
  afterEach(async () => {
    for (const callId of callIds.splice(0)) {
      const url = `${server.url}/v1/realtime/calls/${callId}/hangup`;
      await fetch(url, { method: 'POST', headers: AUTHORIZATION });
    }
    for (const close of closers.splice(0)) close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  async function open(options: MediaSocketOptions = {}): Promise<MediaSocketClient> {
    const client = await MediaSocketClient.connect(server.url, {
      headers: AUTHORIZATION,
      ...options,
    });
    closers.push(() => client.vanish());
    await eventually('the first message', () => client.ready);
    callIds.push(client.callId);
    return client;
  }

  async function connect(
    options: MediaSocketOptions = {},
  ): Promise<{ client: MediaSocketClient; session: FakeUpstreamSession }> {
    const known = upstream.sessions.length;
    const client = await open(options);
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('session.created', () => client.eventOf('session.created'));
    return { client, session };
  }

  async function goOn(
    left: MediaSocketClient,
    query: Readonly<Record<string, string>> = {},
  ): Promise<MediaSocketClient> {
    return open({ query: { call_id: left.callId, ...query } });
  }

  test('[MWS1] the first message names the call and the audio; the events of the session follow', async () => {
    const { client } = await connect({ format: 'opus' });
    assert.deepEqual(client.ready?.audio, {
      format: 'opus',
      payload_type: 111,
      clock_hz: 48_000,
      ssrc: client.ready?.audio.ssrc,
    });
    assert.match(client.callId, /^rtc_/);
    const { client: plain } = await connect();
    assert.equal(plain.ready?.audio.format, 'pcm16');
    assert.equal(plain.ready?.audio.payload_type, 96);
  });

  for (const format of ['pcm16', 'opus'] as const) {
    test(`[MWS2] what is said and what is answered comes through whole, as ${format}`, async () => {
      const { client, session } = await connect({ format });
      await client.speak(tone(600));
      const samples = (SAMPLE_RATE_HZ * 600) / 1_000;
      await eventually('all audio', () => session.appendedSamples >= samples);
      assert.equal(session.appendedSamples, samples);
      session.answer(tone(600));
      await eventually('its end', () => client.eventOf('output_audio_buffer.stopped'));
      const loud = client.heardRms.filter((rms) => rms > LOUD_RMS).length;
      assert.ok(loud === 30 || loud === 31, `${loud} loud frames`);
      // A slot that a busy machine misses is a step of two.
      const steps = client.heardAt
        .slice(1)
        .map((ticks, index) => ticks - (client.heardAt[index] ?? 0));
      assert.ok(
        steps.every((ticks) => ticks > 0 && ticks % FRAME_TICKS === 0),
        steps.join(),
      );
    });
  }

  test('[MWS3] a socket that breaks costs no word: the call goes on, and each event comes once', async () => {
    const { client, session } = await connect();
    session.answer(tone(3_000));
    await eventually('the answer', () => client.heardRms.length > 20);
    const lastEventId = String(client.events.at(-1)?.['event_id']);
    client.vanish();
    session.send({ type: 'conversation.item.added', event_id: 'event_missed_1' });
    session.send({ type: 'conversation.item.done', event_id: 'event_missed_2' });
    const second = await goOn(client, { last_event_id: lastEventId });
    await eventually('the end of the answer', () => second.eventOf('output_audio_buffer.stopped'));
    assert.deepEqual(
      second.events.slice(0, 1).map(({ type, is_complete }) => [type, is_complete]),
      [['prism.session.resumed', true]],
    );
    const ids = [...client.events, ...second.events].map((event) => event['event_id']);
    assert.equal(
      new Set(ids.filter((id) => id !== 'event_fake')).size,
      ids.filter((id) => id !== 'event_fake').length,
    );
    assert.ok(second.eventOf('conversation.item.added') !== undefined);
    assert.ok(second.eventOf('conversation.item.done') !== undefined);
    assert.equal(second.eventOf('session.created'), undefined);
    const loud = [client, second].flatMap(({ heardRms }) =>
      heardRms.filter((rms) => rms > LOUD_RMS),
    );
    assert.ok(loud.length >= 140 && loud.length <= 151, `${loud.length} of 150 frames`);
    assert.equal(upstream.sessions.filter(({ closeCode }) => closeCode === undefined).length, 1);
  });

  test('[MWS4] events that were on their way when the socket broke are told again, and a stranger id says so', async () => {
    const { client, session } = await connect();
    const createdId = String(client.eventOf('session.created')?.['event_id']);
    session.send({ type: 'conversation.item.added', event_id: 'event_sent' });
    await eventually('it', () => client.eventOf('conversation.item.added'));
    client.vanish();
    // As far as this client knows it never came.
    const second = await goOn(client, { last_event_id: createdId });
    await eventually('it again', () => second.eventOf('conversation.item.added'));
    second.vanish();
    const third = await goOn(client, { last_event_id: 'event_of_another_life' });
    await eventually('its welcome', () => third.eventOf('prism.session.resumed'));
    assert.equal(third.eventOf('prism.session.resumed')?.['is_complete'], false);
  });

  test('[MWS5] a call moves from WebRTC to the socket and back, mid-answer', async () => {
    const known = upstream.sessions.length;
    const first = await RtcClient.connect(server.url, AUTHORIZATION);
    closers.push(() => first.close());
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('session.created', () => first.eventOf('session.created'));
    session.answer(tone(5_000));
    await eventually('the answer', () => first.heardRms.length > 20);
    const socket = await open({ query: { call_id: first.callId } });
    await eventually('the answer there', () => socket.heardRms.length > 20);
    await socket.speak(tone(200));
    await eventually('its voice upstream', () => session.appendedSamples > 0);
    const third = RtcClient.create();
    closers.push(() => third.close());
    const response = await fetch(`${server.url}/v1/realtime/calls/${first.callId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/sdp', ...AUTHORIZATION },
      body: await third.offer(),
    });
    assert.equal(response.status, 200);
    third.answer(await response.text());
    await eventually('the end of the answer', () => third.eventOf('output_audio_buffer.stopped'));
    await eventually('the end of the socket', () => socket.end);
    assert.equal(socket.end?.code, 1_000);
    const heard = [first, socket, third].flatMap(({ heardRms }) =>
      heardRms.filter((rms) => rms > LOUD_RMS),
    );
    assert.ok(heard.length >= 230 && heard.length <= 252, `${heard.length} of 250 frames`);
    assert.equal(upstream.sessions.filter(({ closeCode }) => closeCode === undefined).length, 1);
  });

  test('[MWS11] with take_over=when_connected the socket carries on until WebRTC is there, or for good', async () => {
    const { client, session } = await connect();
    session.answer(tone(4_000));
    await eventually('the answer', () => client.heardRms.length > 10);
    const patch = async (offer: string): Promise<Response> => {
      const query = `take_over=when_connected&last_event_id=${String(client.events.at(-1)?.['event_id'])}`;
      return fetch(`${server.url}/v1/realtime/calls/${client.callId}?${query}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/sdp', ...AUTHORIZATION },
        body: offer,
      });
    };
    // One that never connects.
    assert.equal((await patch(await RtcClient.makeOffer())).status, 200);
    const heardBefore = client.heardRms.length;
    await eventually('more of the answer', () => client.heardRms.length > heardBefore + 10);
    const successor = RtcClient.create();
    closers.push(() => successor.close());
    const response = await patch(await successor.offer());
    successor.answer(await response.text());
    await eventually('the end of the socket', () => client.end);
    await eventually('the end', () => successor.eventOf('output_audio_buffer.stopped'));
    const heard = [client, successor].flatMap(({ heardRms }) =>
      heardRms.filter((rms) => rms > LOUD_RMS),
    );
    assert.ok(heard.length >= 195 && heard.length <= 202, `${heard.length} of 200 frames`);
    const wrong = await fetch(`${server.url}/v1/realtime/calls/${client.callId}?take_over=later`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/sdp', ...AUTHORIZATION },
      body: await RtcClient.makeOffer(),
    });
    assert.equal(wrong.status, 400);
  });

  test('[MWS14] [MWS15] with take_over=when_asked the call stays where it is until the client chooses another way', async () => {
    const { client, session } = await connect();
    session.answer(tone(4_000));
    await eventually('the answer', () => client.heardRms.length > 10);
    client.send({ type: 'some.new_event', event_id: 'mine_1' });
    await eventually('it', () => session.events.some(({ event_id: id }) => id === 'mine_1'));
    // One that is given up again, with a goodbye at that.
    const given = await goOn(client, { take_over: 'when_asked' });
    given.send({ type: 'some.new_event', event_id: 'for_nobody' });
    given.close();
    await eventually('its end', () => given.end);
    const second = await goOn(client, { take_over: 'when_asked' });
    const heardBefore = client.heardRms.length;
    await eventually('more of the answer', () => client.heardRms.length > heardBefore + 10);
    assert.deepEqual(second.events, []);
    second.send({ type: 'prism.session.take_over' });
    await eventually('the end of the first', () => client.end);
    await eventually('the end', () => second.eventOf('output_audio_buffer.stopped'));
    const [resumed, created] = second.events;
    assert.deepEqual(
      [resumed?.['type'], resumed?.['is_complete'], resumed?.['last_client_event_id']],
      ['prism.session.resumed', true, 'mine_1'],
    );
    assert.equal(created?.['type'], 'session.created');
    const heard = [client, second].flatMap(({ heardRms }) =>
      heardRms.filter((rms) => rms > LOUD_RMS),
    );
    assert.ok(heard.length >= 190 && heard.length <= 202, `${heard.length} of 200 frames`);
    // The same with WebRTC, which says its choice on its channel.
    const rtc = RtcClient.create();
    closers.push(() => rtc.close());
    const response = await fetch(
      `${server.url}/v1/realtime/calls/${client.callId}?take_over=when_asked`,
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/sdp', ...AUTHORIZATION },
        body: await rtc.offer(),
      },
    );
    rtc.answer(await response.text());
    await eventually('its channel', () => rtc.isOpen);
    const lastEventId = String(second.events.at(-1)?.['event_id']);
    rtc.send({ type: 'prism.session.take_over', last_event_id: lastEventId });
    await eventually('its turn', () => rtc.eventOf('prism.session.resumed'));
    await eventually('the end of the second', () => second.end);
    assert.equal(
      session.events.some(({ event_id: id }) => id === 'for_nobody'),
      false,
    );
    await assert.rejects(goOn(client, { take_over: 'later' }), /HTTP 400.*take_over/);
  });

  test('[MWS12] a ping is answered on its own way and goes no further', async () => {
    const { client, session } = await connect();
    client.send({ type: 'prism.ping', client_time_ms: 12.5 });
    await eventually('the pong', () => client.eventOf('prism.pong'));
    assert.equal(client.eventOf('prism.pong')?.['client_time_ms'], 12.5);
    client.send({ type: 'prism.ping' });
    await eventually('the refusal', () => client.eventOf('error'));
    assert.deepEqual(session.events, []);
  });

  test('[MWS6] a goodbye ends the session; its end by others closes the socket with the reason', async () => {
    const { client, session } = await connect();
    client.close();
    await eventually('the upstream to be let go', () => session.closeCode);
    const { client: second } = await connect();
    const url = `${server.url}/v1/realtime/calls/${second.callId}/hangup`;
    await fetch(url, { method: 'POST', headers: AUTHORIZATION });
    await eventually('the close', () => second.end);
    assert.equal(second.end?.code, 1_000);
    const { client: third, session: lost } = await connect();
    lost.close(1_011, 'a bug');
    await eventually('the close', () => third.end);
    assert.equal(third.end?.code, 1_011);
    assert.ok(third.eventOf('error') !== undefined);
  });

  test('[MWS7] an unknown format, a call that never was and a missing key are refused before the upgrade', async () => {
    const refusal = async (options: MediaSocketOptions): Promise<string> => {
      try {
        await MediaSocketClient.connect(server.url, options);
        return 'let in';
      } catch (error) {
        return String(error);
      }
    };
    const query = { format: 'mp3' };
    assert.match(await refusal({ headers: AUTHORIZATION, query }), /HTTP 400.*"param":"format"/);
    const stranger = { call_id: 'rtc_000000000000000000000' };
    assert.match(
      await refusal({ headers: AUTHORIZATION, query: stranger }),
      /HTTP 404.*call_id_not_found/,
    );
    assert.match(await refusal({}), /HTTP 401.*invalid_api_key/);
    assert.equal(server.liveCalls(), 0);
  });

  test('[MWS13] a page is told on the opened socket why it is refused, and a foreign one is not', async () => {
    const refusal = async (
      query: Readonly<Record<string, string>>,
      headers: Readonly<Record<string, string>>,
    ): Promise<readonly unknown[]> => {
      const client = await MediaSocketClient.connect(server.url, {
        headers: { origin: server.url, ...headers },
        query,
      });
      const { code, reason } = await eventually('the end', () => client.end);
      const error = client.eventOf('error')?.['error'] as Record<string, unknown>;
      assert.match(String(error['message']), /\. [A-Z].*\.$/, 'with what to do');
      return [error['code'], code, reason];
    };
    const stranger = { call_id: 'rtc_000000000000000000000' };
    assert.deepEqual(await refusal({}, {}), [
      'invalid_api_key',
      3000,
      'invalid_request_error.invalid_api_key',
    ]);
    assert.deepEqual(await refusal(stranger, AUTHORIZATION), [
      'call_id_not_found',
      1013,
      'invalid_request_error.call_id_not_found',
    ]);
    const foreign = { ...AUTHORIZATION, origin: 'https://elsewhere.example' };
    await assert.rejects(
      MediaSocketClient.connect(server.url, { headers: foreign }),
      /HTTP 403.*origin_not_allowed/,
    );
    assert.equal(server.liveCalls(), 0);
  });

  test('[MWS8] what is no packet is counted and costs nothing', async () => {
    const { client, session } = await connect();
    for (const size of [0, 1, 11, 12, 6_000]) client.sendPacket(new Uint8Array(size).fill(0xff));
    await client.speak(tone(200));
    await eventually('the voice', () => session.appendedSamples >= 4_800);
    assert.equal(client.end, undefined);
  });
});
