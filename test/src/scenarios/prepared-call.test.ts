import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { tone } from '../harness/tone.ts';

const QUERY = '?begin=when_reached';

suite('a call that is prepared', () => {
  let server: PrismOnFakeUpstream;
  const clients: RtcClient[] = [];

  before(async () => {
    server = await startPrismOnFakeUpstream({ sessionCountMax: 1 });
  });
  after(() => server.close());
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  async function prepare(): Promise<{ client: RtcClient; response: Response; answer: string }> {
    const client = RtcClient.create();
    clients.push(client);
    const response = await fetch(`${server.url}/v1/realtime/calls${QUERY}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: await client.offer(),
    });
    return { client, response, answer: await response.text() };
  }

  test('[PRP1] has neither session nor upstream until its client comes, and then talks as any', async () => {
    const known = server.upstream.sessions.length;
    const { client, response, answer } = await prepare();
    assert.equal(response.status, 201);
    assert.match(response.headers.get('location') ?? '', /^\/v1\/realtime\/calls\/rtc_/);
    assert.equal(server.liveCalls(), 0);
    client.answer(answer);
    await eventually('session.created', () => client.eventOf('session.created'));
    assert.equal(server.upstream.sessions.length, known + 1, 'dialled once, when it came');
    const session = server.upstream.sessions[known];
    session?.answer(tone(400));
    await eventually('the answer', () => client.heardRms.some((rms) => rms > 1_000));
    await client.speak(tone(400));
    await eventually('the voice', () => (session?.appended.length ?? 0) > 0);
  });

  test('[PRP2] takes a place, which a hang-up gives back', async () => {
    const { response } = await prepare();
    const second = await prepare();
    assert.equal(second.response.status, 503);
    assert.match(second.answer, /"code":"session_limit_reached"/);
    const path = `${server.url}${response.headers.get('location')}/hangup`;
    assert.equal((await fetch(path, { method: 'POST' })).status, 200);
    assert.equal((await fetch(path, { method: 'POST' })).status, 404);
    const third = await prepare();
    assert.equal(third.response.status, 201);
    third.client.answer(third.answer);
    await eventually('session.created', () => third.client.eventOf('session.created'));
  });
});
