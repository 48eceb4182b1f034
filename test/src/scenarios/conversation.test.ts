import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { SAMPLE_RATE_HZ } from '@prism/core';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream, type FakeUpstreamSession } from '../harness/fake-upstream.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { tone } from '../harness/tone.ts';

/** Packets louder than this carry the tone. */
const LOUD_RMS = 1_000;

suite('a conversation over WebRTC', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
  });

  after(() => server.close());

  const clients: RtcClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  async function connect(): Promise<{ client: RtcClient; session: FakeUpstreamSession }> {
    const known = upstream.sessions.length;
    const client = await RtcClient.connect(server.url);
    clients.push(client);
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('connection', () => client.isConnected);
    await eventually('session.created', () => client.eventOf('session.created'));
    return { client, session };
  }

  test('[CFG4] [SES1] the upstream is dialled with the key and the model, and its events arrive', async () => {
    const { client, session } = await connect();
    assert.equal(session.request.url, '/v1/realtime?model=gpt-realtime-2.1');
    assert.equal(session.request.headers.authorization, 'Bearer sk-test-upstream');
    assert.deepEqual(client.eventOf('session.created')?.['session'], {
      id: 'sess_fake',
      type: 'realtime',
      model: 'fake',
    });
  });

  test('[INP3] [RTP4] what the client says arrives upstream as PCM, complete', async () => {
    const { client, session } = await connect();
    await client.speak(tone(1_000));
    await eventually('all audio', () => session.appendedSamples >= SAMPLE_RATE_HZ);
    assert.equal(session.appendedSamples, SAMPLE_RATE_HZ);
    const samples = session.appended.flatMap((pcm) => [...pcm]);
    const power =
      samples.slice(2_400).reduce((sum, sample) => sum + sample * sample, 0) /
      (samples.length - 2_400);
    assert.ok(Math.abs(10 * Math.log10(power / (8_000 ** 2 / 2))) < 1, `level off by ${power}`);
  });

  test('[PLY1] [PLY4] an answer is heard in full, between started and stopped', async () => {
    const { client, session } = await connect();
    session.answer(tone(600));
    await eventually('end of the answer', () => client.eventOf('output_audio_buffer.stopped'));
    await eventually('silent tail', () => client.heardRms.length >= 40);
    // 30 frames of tone; the codec's own delay of 6.5 ms carries its end into the frame after.
    const loudFrames = client.heardRms.filter((rms) => rms > LOUD_RMS).length;
    assert.ok(loudFrames === 30 || loudFrames === 31, `${loudFrames} loud frames`);
    assert.deepEqual(client.eventTypes(), [
      'session.created',
      'response.created',
      // The first frame left when its delta came, before the upstream said that this was all.
      'output_audio_buffer.started',
      'response.done',
      'output_audio_buffer.stopped',
    ]);
  });

  test('[INT1] [INT3] speech stops the answer and truncates it at what was sent', async () => {
    const { client, session } = await connect();
    session.answer(tone(10_000));
    await eventually('half a second of the answer', () => client.heardRms.length >= 25);
    session.send({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_u',
      audio_start_ms: 10,
    });
    await eventually('cleared', () => client.eventOf('output_audio_buffer.cleared'));
    const truncate = await eventually('truncate', () =>
      session.events.find((event) => event['type'] === 'conversation.item.truncate'),
    );
    await eventually('silence', () => (client.heardRms.at(-1) ?? LOUD_RMS) < 10);
    const sentMs = Number(truncate['audio_end_ms']);
    const heardMs = client.heardRms.filter((rms) => rms > LOUD_RMS).length * 20;
    assert.ok(Math.abs(sentMs - heardMs) <= 20, `sent ${sentMs} ms, heard ${heardMs} ms`);
  });

  test('[REL2] [REL3] [REL7] client events go up, and what is none is answered', async () => {
    const { client, session } = await connect();
    const events = [
      { type: 'response.create', event_id: 'mine' },
      { type: 'dance', event_id: 'unknown' },
    ];
    client.send('not json');
    for (const event of events) client.send(event);
    const error = await eventually('error', () => client.eventOf('error'));
    assert.equal((error['error'] as { code: string }).code, 'invalid_event');
    await eventually('both events', () => session.events.length === 2);
    assert.deepEqual(session.events, events);
  });

  test('[REP1] [REP2] a playout report ends at Prism, and a wrong one is answered', async () => {
    const { client, session } = await connect();
    const report = { type: 'prism.playout.report', ssrc: 1, rtp_timestamp: 2, client_time_ms: 3 };
    client.send(report);
    client.send({ ...report, ssrc: undefined, event_id: 'mine' });
    const refusal = await eventually('the refusal', () => client.eventOf('error'));
    const error = refusal['error'] as Record<string, unknown>;
    assert.deepEqual(
      [error['code'], error['param'], error['event_id']],
      ['invalid_event', 'ssrc', 'mine'],
    );
    client.send({ type: 'conversation.item.retrieve', item_id: 'item_1' });
    await eventually('the next event upstream', () =>
      session.events.some(({ type }) => type === 'conversation.item.retrieve'),
    );
    assert.ok(session.events.every(({ type }) => !String(type).startsWith('prism.')));
  });

  test('[ORD9] the log has how many entries a conversation had, and none of what was said', async () => {
    const { client, session } = await connect();
    const content = [{ type: 'input_text', text: 'My name is Rumpelstiltskin.' }];
    const item = { id: 'item_u', type: 'message', role: 'user', content };
    client.send({ type: 'prism.transcript.subscribe' });
    client.send({ type: 'conversation.item.create', item });
    await eventually('the item upstream', () => session.events.length > 0);
    session.send({ type: 'conversation.item.added', previous_item_id: null, item });
    const entry = await eventually('the entry', () => client.eventOf('prism.transcript.entry'));
    assert.equal(entry['transcript'], 'My name is Rumpelstiltskin.');
    const logged = server.log.length;
    await fetch(`${server.url}/v1/realtime/calls/${client.callId}/hangup`, { method: 'POST' });
    const line = await eventually('the log entry', () =>
      server.log.slice(logged).find(({ msg }) => msg === 'transcript.final'),
    );
    assert.equal(line['entryCount'], 1);
    assert.doesNotMatch(JSON.stringify(server.log), /Rumpelstiltskin/);
  });

  test('[SES6] hanging up leaves nothing behind', async () => {
    const { client, session } = await connect();
    const response = await fetch(`${server.url}/v1/realtime/calls/${client.callId}/hangup`, {
      method: 'POST',
    });
    assert.equal(response.status, 200);
    await eventually('upstream to be closed', () => session.closeCode === 1_000);
    await eventually('client to be closed', () => !client.isConnected);
    assert.equal(server.liveCalls(), 0);
  });

  test('[SES5] an upstream that goes away is told with its reason', async () => {
    const { client, session } = await connect();
    session.close(1_011, 'out of cheese');
    const event = await eventually('error', () => client.eventOf('error'));
    const error = event['error'] as { code: string; message: string };
    assert.equal(error.code, 'upstream_lost');
    assert.match(error.message, /1011: out of cheese/);
    await eventually('end of the call', () => server.liveCalls() === 0);
  });
});

suite('an upstream that refuses', () => {
  const KEY_BODY = JSON.stringify({
    error: { message: 'Incorrect API key provided: sk-test-****.', code: 'invalid_api_key' },
  });

  for (const [name, options] of [
    ['answers 401', { refusal: { status: 401, body: KEY_BODY } }],
    [
      'closes with 3000',
      { closing: { code: 3_000, reason: 'invalid_request_error.invalid_api_key' } },
    ],
  ] as const) {
    test(`[SES5] [WIR5] a key the upstream refuses is told on the page and in the log: ${name}`, async () => {
      const upstream = await FakeUpstream.start(options);
      const server = await startPrism({
        upstreamKind: 'openai',
        upstreamApiKey: 'sk-test-bad',
        upstreamBaseUrl: upstream.baseUrl,
      });
      const client = await RtcClient.connect(server.url);
      const event = await eventually('error', () => client.eventOf('error'));
      const error = event['error'] as { code: string; message: string };
      assert.equal(error.code, 'upstream_authentication_failed');
      assert.match(error.message, /check OPENAI_API_KEY/);
      assert.doesNotMatch(JSON.stringify(event), /sk-test/);
      const entry = await eventually('log entry', () =>
        server.log.find((line) => line['msg'] === 'upstream.failed'),
      );
      assert.equal(entry['code'], 'upstream_authentication_failed');
      assert.doesNotMatch(JSON.stringify(server.log), /sk-test/);
      await eventually('end of the call', () => server.liveCalls() === 0);
      client.close();
      await server.prism.close();
      await upstream.close();
    });
  }
});
