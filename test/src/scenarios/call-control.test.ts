import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstream, FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';

const KEY = 'sk-prism-test';
const KEYED = { authorization: `Bearer ${KEY}` };

suite('control of a call that a client holds', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  const clients: SocketClient[] = [];
  const callers: RtcClient[] = [];

  before(async () => {
    server = await startPrismOnFakeUpstream({
      apiKeys: [KEY],
    });
    ({ upstream } = server);
  });

  after(() => server.close());

  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    for (const client of clients.splice(0)) client.socket.close();
    await eventually('end of all sessions', () => server.liveCalls() === 0);
  });

  async function call(
    headers: Record<string, string> = KEYED,
    options: Parameters<typeof RtcClient.connect>[2] = {},
  ): Promise<{ readonly caller: RtcClient; readonly session: FakeUpstreamSession }> {
    const known = upstream.sessions.length;
    const caller = await RtcClient.connect(server.url, headers, options);
    callers.push(caller);
    await eventually('session.created', () => caller.eventOf('session.created'));
    const session = upstream.sessions[known];
    assert.ok(session !== undefined);
    return { caller, session };
  }

  async function join(
    { callId }: RtcClient,
    headers: Record<string, string> = KEYED,
  ): Promise<SocketClient> {
    const client = await SocketClient.open(server.url, `/v1/realtime?call_id=${callId}`, {
      headers,
    });
    clients.push(client);
    return client;
  }

  async function mint(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await mintSecret(server.url, { key: KEY })}` };
  }

  async function hangUp({ callId }: RtcClient, headers: Record<string, string>): Promise<number> {
    const url = `${server.url}/v1/realtime/calls/${callId}/hangup`;
    return (await fetch(url, { method: 'POST', headers })).status;
  }

  test('[RWS7] [CTL2] several sidebands at a time hear and control the call while its media flows', async () => {
    const { caller, session } = await call();
    const sidebands = [await join(caller), await join(caller), await join(caller)];
    for (const [index, sideband] of sidebands.entries())
      sideband.send({ type: 'conversation.item.delete', item_id: 'i', event_id: `from_${index}` });
    caller.send({ type: 'conversation.item.delete', item_id: 'i', event_id: 'from_caller' });
    await eventually('all four', () => session.events.length === 4);
    assert.deepEqual(
      new Set(session.events.map((event) => event['event_id'])),
      new Set(['from_0', 'from_1', 'from_2', 'from_caller']),
    );
    session.answer(new Int16Array(24_000).fill(8_000));
    const ears = [caller, ...sidebands];
    await eventually('the end of the answer, at everybody', () =>
      ears.every((ear) => ear.eventOf('output_audio_buffer.stopped')),
    );
    assert.ok(caller.heardRms.some((rms) => rms > 500));
    for (const sideband of sidebands)
      assert.ok(!sideband.events.some(({ type }) => type === 'response.output_audio.delta'));
    sidebands[0]?.socket.close();
    await eventually('its leave', () => sidebands[0]?.close);
    session.send({ type: 'rate_limits.updated', rate_limits: [] });
    await eventually('the event at the others', () =>
      ears.every((ear) => ear === sidebands[0] || ear.eventOf('rate_limits.updated')),
    );
    assert.equal(sidebands[0]?.eventOf('rate_limits.updated'), undefined);
    assert.equal(server.liveCalls(), 1);
  });

  test('[RWS7] a sideband stops the answer that the caller hears', async () => {
    const { caller, session } = await call();
    const sideband = await join(caller);
    session.answer(new Int16Array(24_000 * 20).fill(8_000));
    await eventually('speech', () => caller.heardRms.some((rms) => rms > 500));
    sideband.send({ type: 'output_audio_buffer.clear' });
    await eventually('the cut', () => caller.eventOf('output_audio_buffer.cleared'));
    const truncate = await eventually('truncation', () =>
      session.events.find(({ type }) => type === 'conversation.item.truncate'),
    );
    assert.ok(Number(truncate['audio_end_ms']) < 15_000);
  });

  test('[HTP9] a pre-negotiated data channel carries events both ways', async () => {
    for (const dataChannelId of [0, 7]) {
      const { caller, session } = await call(KEYED, {
        query: `?dcid=${dataChannelId}`,
        dataChannelId,
      });
      caller.send({ type: 'conversation.item.retrieve', item_id: 'over_dcid' });
      await eventually('the event upstream', () => session.events[0]?.['item_id'] === 'over_dcid');
      session.send({ type: 'rate_limits.updated', rate_limits: [] });
      await eventually('the answer', () => caller.eventOf('rate_limits.updated'));
    }
  });

  test('[HTP16] a client secret controls the calls that were made with it, and no others', async () => {
    const [own, other] = [await mint(), await mint()];
    const { caller } = await call(own);
    const { caller: keyed } = await call(KEYED);
    assert.equal(await hangUp(caller, other), 404);
    assert.equal(await hangUp(keyed, own), 404);
    for (const [headers, callId] of [
      [other, caller.callId],
      [own, keyed.callId],
    ] as const) {
      const path = `/v1/realtime?call_id=${callId}`;
      const refusal = await SocketClient.refused(server.url, path, headers);
      assert.deepEqual([refusal.status, refusal.code], [404, 'call_id_not_found']);
    }
    assert.equal(server.liveCalls(), 2);
    const sideband = await join(caller, own);
    assert.equal(await hangUp(caller, own), 200);
    await eventually('the end of its sideband', () => sideband.close);
    const { caller: second } = await call(other);
    assert.equal(await hangUp(second, KEYED), 200);
    assert.equal(await hangUp(keyed, KEYED), 200);
  });

  test('[CTL10] [RWS5] a filtered call tells its client little, and a sideband everything', async () => {
    const { caller, session } = await call(KEYED, { query: '?webrtcfilter=on' });
    const sideband = await join(caller);
    session.send({ type: 'session.updated', session: { id: 's', instructions: 'Secret.' } });
    session.send({ type: 'response.output_item.done', response_id: 'r', item: { id: 'i' } });
    session.send({ type: 'input_audio_buffer.speech_started', item_id: 'i', audio_start_ms: 0 });
    await eventually('the last of them', () => caller.eventOf('input_audio_buffer.speech_started'));
    assert.deepEqual(caller.eventTypes(), [
      'session.created',
      'session.updated',
      'input_audio_buffer.speech_started',
    ]);
    assert.ok(!JSON.stringify(caller.events).includes('Secret'));
    await eventually('all at the sideband', () =>
      sideband.eventOf('input_audio_buffer.speech_started'),
    );
    assert.ok(sideband.eventOf('response.output_item.done'));
    const path = `/v1/realtime?call_id=${caller.callId}&webrtcfilter=on`;
    const refusal = await SocketClient.refused(server.url, path, KEYED);
    assert.deepEqual([refusal.status, refusal.code], [400, 'invalid_request']);
  });
});
