import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import {
  type AssertionResult,
  type ConformanceTransport,
  checkServer,
  DEFAULT_SPEECH_URL,
  EXCHANGES,
  headingsOf,
  readSpeech,
  tallyOf,
  WebSocketTransport,
} from '@prism/conformance';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcTransport } from '../harness/rtc-transport.ts';
import { blindIds, watched } from '../harness/watched-exchanges.ts';

const KEY = 'sk-prism-test';
const MODEL = 'prism-engine';

/** Asked for, and not to be seen: Prism lets a second response wait instead of refusing it. */
const SECOND_RESPONSE = 'response-control.second.';

suite('the conformance kit on Prism', () => {
  let server: PrismUnderTest;
  before(async () => {
    // As with OpenAI a client may change what its secret's session has set.
    server = await startPrism({ apiKeys: [KEY], secretPreset: 'open' });
  });
  after(() => server.prism.close());

  /** Tries the whole kit. What was skipped is what the transport lacks and the second response, and nothing fails. */
  async function check(
    transport: ConformanceTransport,
    exchanges = EXCHANGES,
  ): Promise<readonly AssertionResult[]> {
    const read = readSpeech(readFileSync(DEFAULT_SPEECH_URL));
    assert.ok(read.ok);
    const outcome = await checkServer(
      { url: `${server.url}/v1`, key: KEY, model: MODEL, speech: read.pcm, transport },
      exchanges,
    );
    assert.ok(outcome.type === 'checked', JSON.stringify(outcome));
    const { results } = outcome;
    const failed = results.flatMap(({ id, verdict }) =>
      verdict.type === 'failed' ? [`${id}: ${verdict.expected}, got ${verdict.got}`] : [],
    );
    assert.deepEqual(failed, []);
    assert.deepEqual(
      results.filter(({ verdict }) => verdict.type === 'skipped').map(({ id }) => id),
      headingsOf()
        .filter(
          ({ id, needs }) =>
            id.startsWith(SECOND_RESPONSE) || needs.some((need) => transport.lacks.has(need)),
        )
        .map(({ id }) => id),
    );
    return results;
  }

  test('[KIT13] keeps every rule over WebSocket', async () => {
    const url = `${server.url.replace('http:', 'ws:')}/v1/realtime`;
    const results = await check(
      new WebSocketTransport({ url, model: MODEL, key: KEY, handshakeTimeoutMs: 5_000 }),
    );
    assert.deepEqual(tallyOf(results), { passedCount: 401, failedCount: 0, skippedCount: 12 });
  });

  test('[KIT13] [KIT14] [KIT2] keeps every rule over WebRTC, and each of those on media can fail', async () => {
    const { exchanges, facts } = watched(EXCHANGES);
    const results = await check(new RtcTransport(server.url, KEY), exchanges);
    assert.deepEqual(tallyOf(results), { passedCount: 350, failedCount: 0, skippedCount: 63 });
    const onMedia = headingsOf().filter(({ needs }) => needs.includes('media-playout'));
    assert.equal(onMedia.length, 7);
    assert.deepEqual(
      blindIds(
        onMedia.map(({ id }) => id),
        facts,
      ),
      [],
    );
  });
});
