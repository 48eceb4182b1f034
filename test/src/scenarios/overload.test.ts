import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { MediaSocketClient } from '../harness/media-socket-client.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { type SimulatedUpstream, startSimulatedUpstream } from '../harness/simulated-upstream.ts';

const KEY = 'sk-prism-test';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
const PLACES = 20;
const TOO_MANY = PLACES / 2;
const ANSWER_MS = 3_000;
const SLOT_MS = 20;
const LOUD_RMS = 100;

interface Capacity {
  readonly accepting: boolean;
  readonly draining: boolean;
  readonly reasons: readonly string[];
  readonly sessions: { readonly live: number; readonly max: number; readonly free: number };
  readonly load: number;
}

suite('more callers than places', () => {
  let upstream: SimulatedUpstream;
  let server: PrismUnderTest;
  before(async () => {
    upstream = await startSimulatedUpstream({
      timing: { audio_ms: ANSWER_MS, first_audio_ms: 20, pace_ratio: 'unpaced' },
    });
    const settings = { ...upstream.settings, apiKeys: [KEY], sessionCountMax: PLACES };
    server = await startPrism(settings);
  });
  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  async function capacity(): Promise<Capacity> {
    const response = await fetch(`${server.url}/v1/prism/capacity`, { headers: AUTHORIZATION });
    return (await response.json()) as Capacity;
  }

  test('[CAP5] [CAP6] as many are refused as are too many; those in calls hear all of their answers', async () => {
    const clients = await Promise.all(
      Array.from({ length: PLACES }, async () =>
        MediaSocketClient.connect(server.url, { headers: AUTHORIZATION }),
      ),
    );
    await eventually('all sessions', () =>
      clients.every((client) => client.eventOf('session.created')),
    );
    const full = await capacity();
    assert.deepEqual(
      [full.accepting, full.draining, full.reasons, full.sessions, full.load],
      [false, false, ['sessions'], { live: PLACES, max: PLACES, free: 0 }, 1],
    );
    for (const client of clients) client.send({ type: 'response.create' });
    const refused = await Promise.allSettled(
      Array.from({ length: TOO_MANY }, async () =>
        MediaSocketClient.connect(server.url, { headers: AUTHORIZATION }),
      ),
    );
    for (const each of refused) {
      assert.equal(each.status, 'rejected');
      assert.match(String(each.reason), /HTTP 503.*session_limit_reached/);
    }
    await eventually('all answers', () =>
      clients.every((client) => client.eventOf('output_audio_buffer.stopped')),
    );
    for (const client of clients) {
      const heardMs = client.heardRms.filter((rms) => rms > LOUD_RMS).length * SLOT_MS;
      assert.ok(heardMs > ANSWER_MS * 0.8, `${heardMs} ms of ${ANSWER_MS} were heard`);
      client.close();
    }
    await eventually('the end', () => server.liveCalls() === 0);
    assert.equal((await capacity()).accepting, true);
    const again = await MediaSocketClient.connect(server.url, { headers: AUTHORIZATION });
    again.close();
  });
});
