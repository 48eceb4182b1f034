import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { AGENTS_APPLICATION } from '../harness/agents-application.ts';
import { AgentsPage } from '../harness/agents-page.ts';
import { startBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstream, FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { readPageEars } from '../harness/page-ears.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';

/** Somebody who never stops talking, so that silence at the upstream can only come from the mute. */
const USER_SIDE = Array.from({ length: 30 }, () => ({
  type: 'say' as const,
  text: 'make the page purple',
  voice: 'rms' as const,
}));

const SAMPLES_PER_MS = 24;
/** Longer than any pause between two words of the fake user. */
const STRETCH_SAMPLES = 1_000 * SAMPLES_PER_MS;
/** Of 32,768. The codec leaves nothing of digital silence. */
const SILENCE_PEAK_MAX = 16;
const SPEECH_PEAK_MIN = 1_000;

/** The loudest sample of the last second that reached the upstream; undefined before there is a second of it. */
function lastPeak({ appended }: FakeUpstreamSession, sinceSamples: number): number | undefined {
  const all = appended.flatMap((pcm) => [...pcm]);
  if (all.length < sinceSamples + STRETCH_SAMPLES) return undefined;
  return all.slice(-STRETCH_SAMPLES).reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}

suite('a muted microphone in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-mute-'));
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  let app: OfficialApp;
  let browser: Browser;
  let agents: AgentsPage;
  let page: Page;

  before(async () => {
    const recordingPath = join(folder, 'microphone.wav');
    writeMicrophoneScript(recordingPath, USER_SIDE);
    app = await OfficialApp.start(AGENTS_APPLICATION);
    server = await startPrismOnFakeUpstream({ allowedOrigins: [app.origin] });
    ({ upstream } = server);
    browser = await startBrowser(recordingPath);
    agents = await AgentsPage.open(browser, app);
    ({ page } = agents);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  test('[CNF40] is silence at the upstream, and speech again afterwards', async () => {
    const connected = agents.connect(server.url);
    const session = await eventually('the session', () => upstream.sessions[0]);
    // The SDK waits for the answer to its configuration.
    const update = await eventually('session.update', () =>
      session.events.find((event) => event['type'] === 'session.update'),
    );
    session.send({ type: 'session.updated', session: update['session'] });
    await connected;
    await eventually('speech', () => (lastPeak(session, 0) ?? 0) > SPEECH_PEAK_MIN);

    await page.evaluate('app.session.mute(true)');
    const mutedSamples = session.appendedSamples;
    const mutedAtMs = (await readPageEars(page)).nowMs;
    await eventually(
      'silence',
      () => (lastPeak(session, mutedSamples) ?? SPEECH_PEAK_MIN) <= SILENCE_PEAK_MAX,
    );
    // The microphone itself heard speech all the time.
    const { microphone } = await readPageEars(page);
    assert.ok(
      microphone.rms.some((rms, index) => rms > 0.02 && (microphone.atMs[index] ?? 0) > mutedAtMs),
    );

    await page.evaluate('app.session.mute(false)');
    const unmutedSamples = session.appendedSamples;
    await eventually(
      'speech again',
      () => (lastPeak(session, unmutedSamples) ?? 0) > SPEECH_PEAK_MIN,
    );
    assert.deepEqual(await page.evaluate('app.errors'), []);
  });
});
