import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SocketClient } from '../harness/socket-client.ts';

const DELTA_MS = 100;
const DELTA_TEXT = Buffer.alloc(DELTA_MS * 48).toString('base64');

/** An answer of 3 s in one go, and then an event that isn't of it. */
function burst(send: (text: string) => void): readonly string[] {
  const deltas = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({
      type: 'response.output_audio.delta',
      event_id: `event_${n}`,
      response_id: 'resp_1',
      item_id: 'item_1',
      output_index: 0,
      content_index: 0,
      delta: DELTA_TEXT,
    }),
  );
  for (const text of deltas) send(text);
  send('{"type":"noise","event_id":"event_noise"}');
  return deltas;
}

suite('a WebSocket client with a lead', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      pacingLeadMs: 500,
    });
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  async function connect(path: string) {
    const known = upstream.sessions.length;
    const client = await SocketClient.open(server.url, path);
    await eventually('session.created', () => client.eventOf('session.created'));
    const session = await eventually('the session', () => upstream.sessions[known]);
    const deltasGot = (): readonly string[] =>
      client.texts.filter((text) => text.includes('output_audio.delta'));
    return { client, session, deltasGot };
  }

  test('[PAC1] [PAC2] audio comes ahead of real time by the lead and no more, byte by byte', async () => {
    const { client, session, deltasGot } = await connect('/v1/realtime?model=m');
    const deltas = burst((text) => session.sendText(text));
    await eventually('what is not of the answer', () => client.eventOf('noise'));
    // On a slow machine some slots have passed by now.
    assert.ok(deltasGot().length < 15, `${deltasGot().length} deltas came at once`);
    await eventually('all of it', () => deltasGot().length === deltas.length);
    assert.deepEqual(deltasGot(), deltas);
    client.socket.close();
  });

  test('[PAC3] the rest of an answer that is cancelled does not come', async () => {
    const { client, session, deltasGot } = await connect('/v1/realtime?model=m');
    session.sendText(
      '{"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}',
    );
    burst((text) => session.sendText(text));
    await eventually('a part of it', () => deltasGot().length > 3);
    client.send({ type: 'response.cancel' });
    await eventually('the cancel', () =>
      session.events.some(({ type }) => type === 'response.cancel'),
    );
    const countBefore = deltasGot().length;
    session.sendText('{"type":"response.done","response":{"id":"resp_1","status":"cancelled"}}');
    await eventually('the end', () => client.eventOf('response.done'));
    assert.equal(deltasGot().length, countBefore);
    assert.ok(countBefore < 30);
    client.socket.close();
  });

  test('[PAC6] [PAC7] a client asks for its own lead, or for none', async () => {
    const { client, session, deltasGot } = await connect('/v1/realtime?model=m&pacing_lead_ms=0');
    burst((text) => session.sendText(text));
    await eventually('what came last', () => client.eventOf('noise'));
    assert.equal(deltasGot().length, 30);
    client.socket.close();
    for (const lead of ['-1', '50', '60001', '1e3', 'x', '']) {
      const path = `/v1/realtime?model=m&pacing_lead_ms=${lead}`;
      const refusal = await SocketClient.refused(server.url, path);
      assert.deepEqual([refusal.status, refusal.code], [400, 'invalid_request'], lead);
    }
  });
});
