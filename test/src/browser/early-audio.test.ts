import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { encodeWav } from '@prism/engine/testing';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { LateDoor } from '../harness/late-door.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { joinPcm } from '../harness/network/coded-ear.ts';
import { placesOf } from '../harness/network/coded-places.ts';
import { codedSound } from '../harness/network/coded-sound.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SDK_APPLICATION } from '../harness/sdk-application.ts';

const KEY = 'sk-prism-test';

/** How late the server is reached: the first question is over by then. */
const LATE_MS = 2_000;

const USER_SIDE = [
  { type: 'pause', durationMs: 300 },
  { type: 'say', text: 'what is seven times eight', voice: 'rms' },
  { type: 'pause', durationMs: 6_000 },
  { type: 'say', text: 'tell me a story', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

const PRODUCT = /fifty[- ]six|56/;
const STORY = /ray of light/;

/** Time-coded sound of a minute. */
const CODED_FRAMES = 3_000;
/** What is listened to of it. */
const HEARD_MS = 5_000;

/** What the sound of a frame through any of the codecs has in common with the frame itself: 0.8; with others 0.7. */
const LIKENESS_MIN = 0.75;
/** How far a frame may stand from where the others put it. */
const OFF_MS_MAX = 1;

/** Sound as it is: what cleans a voice takes tones away. */
const PLAIN_MICROPHONE = `navigator.mediaDevices.getUserMedia({
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
})`;

interface Entry {
  readonly role?: string;
  readonly text?: string;
}

suite('what is said while a call is being made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-early-'));
  let app: OfficialApp;
  let prism: PrismProcess;
  let url: string;
  const browsers: Browser[] = [];
  const doors: LateDoor[] = [];

  before(async () => {
    app = await OfficialApp.start(SDK_APPLICATION);
    ({ prism, url } = await PrismProcess.serve({
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
    }));
  });

  after(async () => {
    await prism?.stop();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
    for (const door of doors.splice(0)) door.close();
  });

  async function open(recordingPath: string): Promise<Page> {
    const browser = await startBrowser(recordingPath);
    browsers.push(browser);
    const page = await browser.newPage();
    await app.show(page);
    return page;
  }

  /** Begins a call through a door that is late; `microphone` makes its stream. */
  async function connect(
    page: Page,
    { to = url, microphone = 'undefined', ...options }: Record<string, unknown>,
  ): Promise<void> {
    const door = await LateDoor.open(String(to), LATE_MS);
    doors.push(door);
    const all = JSON.stringify({ url: door.url, token: KEY, ...options });
    const begun = `(async () => app.connect({ ...${all}, mediaStream: await ${String(microphone)} }))()`;
    assert.equal(await page.evaluate<string>(begun), 'connected');
  }

  /** What was answered: the question was understood if it fits. */
  async function answered(page: Page): Promise<string> {
    const entries = await page.evaluate<Entry[]>('app.transcript()');
    return entries.map(({ role, text }) => (role === 'assistant' ? (text ?? '') : '')).join(' ');
  }

  for (const transport of ['webrtc', 'websocket'] as const) {
    test(`[SOC9] what is said before the call is live is heard over ${transport}`, async (context) => {
      const recordingPath = join(folder, 'question.wav');
      writeMicrophoneScript(recordingPath, USER_SIDE);
      const page = await open(recordingPath);
      await connect(page, { transport });
      const setup = await page.evaluate<object>('app.status().setup');
      context.diagnostic(`${transport}: ${JSON.stringify(setup)}`);
      await eventuallyAsync('the question', async () => PRODUCT.test(await answered(page)), 20_000);
      assert.deepEqual(await page.evaluate<unknown[]>('app.errors'), []);
    });
  }

  test('[SOC10] a page may do without', async () => {
    const recordingPath = join(folder, 'question.wav');
    writeMicrophoneScript(recordingPath, USER_SIDE);
    const page = await open(recordingPath);
    await connect(page, { transport: 'webrtc', earlyAudio: false });
    await eventuallyAsync('what came later', async () => STORY.test(await answered(page)), 30_000);
    assert.doesNotMatch(await answered(page), PRODUCT);
  });

  for (const transport of ['webrtc', 'websocket'] as const) {
    test(`[SOC9] [INP4] no frame of it is lost, heard twice or out of its place over ${transport}`, async (context) => {
      const recordingPath = join(folder, 'coded.wav');
      const pcm = doubled(codedSound(CODED_FRAMES));
      writeFileSync(recordingPath, encodeWav({ pcm, rateHz: 48_000 }));
      const upstream = await FakeUpstream.start();
      const coded = await PrismProcess.serve({
        PRISM_API_KEYS: KEY,
        PRISM_ALLOWED_ORIGINS: app.origin,
        OPENAI_API_KEY: 'sk-test-upstream',
        OPENAI_BASE_URL: upstream.baseUrl,
      });
      const page = await open(recordingPath);
      await connect(page, { to: coded.url, transport, microphone: PLAIN_MICROPHONE });
      const session = await eventually('the session', () => upstream.sessions[0]);
      await eventually('sound', () => session.appendedSamples >= HEARD_MS * 24, 20_000);
      const places = placesOf(joinPcm(session.appended), CODED_FRAMES);
      const first = places.findIndex(({ likeness }) => likeness >= LIKENESS_MIN);
      const heard = places.slice(first);
      const offMs = Math.max(...heard.map((place) => Math.abs(place.offMs)));
      const likeness = Math.min(...heard.map((place) => place.likeness));
      context.diagnostic(
        `${transport}: ${heard.length} frames from ${heard[0]?.frame} on, off by ${offMs.toFixed(2)} ms at most, alike by ${likeness.toFixed(2)} at least`,
      );
      await coded.prism.stop();
      await upstream.close();
      // What was said from the microphone's first moments on, long before the call was there.
      const fromMs = 20 * (heard[0]?.frame ?? Infinity);
      assert.ok(fromMs < 300, `from ${fromMs} ms on`);
      // Whatever is lost, heard twice or put in between moves all that follows.
      const wrong = heard.filter(
        (place) => place.likeness < LIKENESS_MIN || Math.abs(place.offMs) > OFF_MS_MAX,
      );
      assert.deepEqual(wrong, []);
    });
  }
});

/** The same sound at twice the rate. */
function doubled(pcm: Int16Array): Int16Array {
  return Int16Array.from({ length: pcm.length * 2 }, (_, at) => {
    const left = pcm[at >> 1] ?? 0;
    return at % 2 === 0 ? left : Math.round((left + (pcm[(at >> 1) + 1] ?? left)) / 2);
  });
}
