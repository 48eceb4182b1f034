import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstream, FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import { ImpairmentProxy } from '../harness/network/impairment-proxy.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { tone } from '../harness/tone.ts';

const KEY = 'sk-prism-test';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };

suite('a client whose network changes', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  const closers: (() => void)[] = [];
  const callIds: string[] = [];

  before(async () => {
    server = await startPrismOnFakeUpstream({
      apiKeys: [KEY],
    });
    ({ upstream } = server);
  });
  after(() => server.close());
  afterEach(async () => {
    for (const callId of callIds.splice(0)) {
      const url = `${server.url}/v1/realtime/calls/${callId}/hangup`;
      await fetch(url, { method: 'POST', headers: AUTHORIZATION });
    }
    for (const close of closers.splice(0)) close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  async function connect(): Promise<{
    client: RtcClient;
    session: FakeUpstreamSession;
    proxy: ImpairmentProxy;
  }> {
    const known = upstream.sessions.length;
    const proxy = await ImpairmentProxy.open();
    const editAnswer = (sdp: string): string => proxy.rewriteAnswer(sdp);
    const client = await RtcClient.connect(server.url, AUTHORIZATION, { editAnswer });
    callIds.push(client.callId);
    closers.push(() => {
      client.close();
      proxy.close();
    });
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('session.created', () => client.eventOf('session.created'));
    return { client, session, proxy };
  }

  async function patch(callId: string, body: string, headers: object = AUTHORIZATION) {
    return fetch(`${server.url}/v1/realtime/calls/${callId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/sdp', ...headers },
      body,
    });
  }

  test('[ATT9] [ICE12] a NAT that forgets the client mid-answer costs neither call nor answer', async () => {
    const { client, session, proxy } = await connect();
    session.answer(tone(6_000));
    void client.speak(tone(8_000));
    await eventually('the answer', () => client.heardRms.length > 20);
    await proxy.rebind();
    await eventually('the end of the answer', () => client.eventOf('output_audio_buffer.stopped'));
    // Frames leave at 50 a second whether they arrive or not, so those that are missing are the gap.
    const loud = client.heardRms.filter((rms) => rms > 1_000).length;
    const gapMs = (300 - loud) * 20;
    assert.ok(gapMs < 1_500, `${gapMs} ms of the answer were not heard`);
    assert.equal(server.liveCalls(), 1);
  });

  test('[ATT6] [ATT7] a new peer takes the call on: same session, the rest of the answer, what was missed', async () => {
    const { client, session, proxy } = await connect();
    session.answer(tone(4_000));
    await eventually('the answer', () => client.heardRms.length > 20);
    proxy.blackout(true);
    const second = RtcClient.create();
    closers.push(() => second.close());
    const response = await patch(client.callId, await second.offer());
    assert.equal(response.status, 200);
    session.send({ type: 'conversation.item.created', event_id: 'event_missed' });
    second.answer(await response.text());
    await eventually('what was missed', () => second.eventOf('conversation.item.created'));
    await eventually('the end of the answer', () => second.eventOf('output_audio_buffer.stopped'));
    assert.equal(second.eventOf('session.created'), undefined);
    const loud = [client, second].flatMap(({ heardRms }) => heardRms.filter((rms) => rms > 1_000));
    assert.ok(loud.length >= 190 && loud.length <= 201, `${loud.length} of 200 frames`);
    second.send({ type: 'response.create', event_id: 'from the new one' });
    await eventually('its event upstream', () => session.events.length === 1);
    await second.speak(tone(200));
    await eventually('its voice upstream', () => session.appendedSamples > 0);
    assert.equal(server.liveCalls(), 1);
    assert.equal(upstream.sessions.filter(({ closeCode }) => closeCode === undefined).length, 1);
  });

  test('[ATT8] strangers and dead calls get 404, a bad offer its own error, and the call lives on', async () => {
    const { client } = await connect();
    const offer = await RtcClient.makeOffer();
    const value = await mintSecret(server.url, { key: KEY });
    const codes = await Promise.all(
      (
        [
          ['rtc_AAAAAAAAAAAAAAAAAAAAA', offer, AUTHORIZATION],
          [client.callId, offer, { authorization: `Bearer ${value}` }],
          [client.callId, offer, {}],
          [client.callId, 'v=0', AUTHORIZATION],
        ] as const
      ).map(async ([callId, body, headers]) => {
        const response = await patch(callId, body, headers);
        const { error } = (await response.json()) as { error: { code: string } };
        return `${response.status} ${error.code}`;
      }),
    );
    assert.deepEqual(codes, [
      '404 call_id_not_found',
      '404 call_id_not_found',
      '401 invalid_api_key',
      '400 audio_section_required',
    ]);
    assert.ok(client.isConnected);
    assert.equal(server.liveCalls(), 1);
  });
});
