import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import {
  type AssertionResult,
  type ConformanceTransport,
  checkServer,
  DEFAULT_SPEECH_URL,
  readSpeech,
  tallyOf,
  WebSocketTransport,
} from '@prism/conformance';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcTransport } from '../harness/rtc-transport.ts';

const KEY = 'sk-prism-test';
const MODEL = 'prism-engine';

/** With media the SDP says what the audio is: formats in a session.update are left out (REL4). */
const FORMATS: ReadonlySet<string> = new Set([
  'session-update.format.pcmu',
  'session-update.format.pcma',
  'errors.session-update.format-unknown',
]);

/** With media Prism knows what was heard: a truncate that asks for more is answered with that (INT9–INT16). */
const TRUNCATES: ReadonlySet<string> = new Set([
  'truncation.truncated',
  'truncation.beyond',
  'truncation.beyond-says-length',
  'truncation.no-longer-again',
]);

suite('the conformance kit on Prism', () => {
  let server: PrismUnderTest;
  before(async () => {
    server = await startPrism({ apiKeys: [KEY] });
  });
  after(() => server.prism.close());

  async function check(
    transport: ConformanceTransport,
    known: ReadonlySet<string> = new Set(),
  ): Promise<readonly AssertionResult[]> {
    const read = readSpeech(readFileSync(DEFAULT_SPEECH_URL));
    assert.ok(read.ok);
    const outcome = await checkServer({
      url: `${server.url}/v1`,
      key: KEY,
      model: MODEL,
      speech: read.pcm,
      transport,
    });
    assert.ok(outcome.type === 'checked', JSON.stringify(outcome));
    const { results } = outcome;
    assert.deepEqual(
      results.flatMap(({ id, verdict }) =>
        verdict.type === 'failed' && !known.has(id)
          ? [`${id}: ${verdict.expected}, got ${verdict.got}`]
          : [],
      ),
      [],
    );
    return results;
  }

  test('[KIT13] keeps every rule over WebSocket', async (context) => {
    const url = `${server.url.replace('http:', 'ws:')}/v1/realtime`;
    const results = await check(
      new WebSocketTransport({ url, model: MODEL, key: KEY, handshakeTimeoutMs: 5_000 }),
    );
    const { passedCount, skippedCount } = tallyOf(results);
    context.diagnostic(`${passedCount} passed, ${skippedCount} skipped`);
    assert.ok(passedCount >= 390, String(passedCount));
    // Prism lets a second response wait instead of refusing it.
    const skipped = results.filter(({ verdict }) => verdict.type === 'skipped');
    assert.ok(
      skipped.every(({ id }) => id.startsWith('response-control.second.')),
      JSON.stringify(skipped),
    );
  });

  test('[KIT13] keeps every rule over WebRTC that it can be asked there', async (context) => {
    const results = await check(
      new RtcTransport(server.url, KEY),
      new Set([...FORMATS, ...TRUNCATES]),
    );
    const { passedCount, skippedCount } = tallyOf(results);
    context.diagnostic(`${passedCount} passed, ${skippedCount} skipped`);
    assert.ok(passedCount >= 150, String(passedCount));
  });
});
