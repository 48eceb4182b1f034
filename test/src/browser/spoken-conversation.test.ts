import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import {
  installPageEars,
  type PageRecording,
  readInboundAudio,
  readPageEars,
  type Spurt,
  speechSpurts,
} from '../harness/page-ears.ts';
import { PlaygroundPage } from '../harness/playground-page.ts';
import { PrismProcess } from '../harness/prism-process.ts';

/** Where the pictures of this run go; the documentation's own folder when asked for. */
const PICTURES_PATH = process.env['PRISM_PICTURES'] ?? join(tmpdir(), 'prism-pictures');

/** The engine's own turn detection: this much silence ends a turn. Said beside every latency measured here. */
const SILENCE_MS = 500;

/** What the fake user says. The story is long; the last question comes while it is being told. */
const USER_SIDE = [
  { type: 'pause', durationMs: 2_500 },
  { type: 'say', text: 'what is seven times eight', voice: 'rms' },
  { type: 'pause', durationMs: 6_000 },
  { type: 'say', text: 'tell me a story', voice: 'slt' },
  { type: 'pause', durationMs: 4_000 },
  { type: 'say', text: 'what time is it', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

/** The story takes longer than that, so a shorter one was stopped. */
const STORY_MS_MIN = 10_000;

interface Entry {
  readonly text: string;
  readonly status: string;
}

suite('a spoken conversation in the browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-browser-'));
  let prism: PrismProcess;
  let url: string;
  let browser: Browser;
  let page: Page;

  before(async () => {
    mkdirSync(PICTURES_PATH, { recursive: true });
    const recordingPath = join(folder, 'microphone.wav');
    writeMicrophoneScript(recordingPath, USER_SIDE);
    ({ prism, url } = await PrismProcess.serve());
    browser = await startBrowser(recordingPath);
    page = await browser.newPage({
      viewport: { width: 1_280, height: 860 },
      colorScheme: 'light',
      // Pictures are taken of the page at rest.
      reducedMotion: 'reduce',
    });
    await installPageEars(page);
    await page.goto(url);
  });

  after(async () => {
    await browser?.close();
    await prism?.stop();
    rmSync(folder, { recursive: true });
  });

  async function entries(testId: string): Promise<readonly Entry[]> {
    const all = await page.getByTestId(testId).all();
    return Promise.all(
      all.map(async (entry) => ({
        text: (await entry.innerText()).toLowerCase(),
        status: (await entry.getAttribute('data-status')) ?? '',
      })),
    );
  }

  function heard(recording: PageRecording): readonly Spurt[] {
    return speechSpurts(recording.remote, 1_500);
  }

  test('[CLI1] [CLI57] the page says who answers, and connects with an offer of its SDK', async () => {
    const playground = new PlaygroundPage(page, prism);
    assert.match(await playground.upstreamLabel(), /built-in engine/i);
    const offered = page.waitForRequest((request) => request.url().includes('/v1/realtime/calls'));
    await playground.connect();
    assert.match((await offered).postData() ?? '', /^a=rtcp-fb:111 nack\r$/m);
    assert.match(await page.getByTestId('talk-button').innerText(), /hang up/i);
  });

  test('[EAR1] [PLY1] the spoken question is understood and answered aloud', async (context) => {
    await eventuallyAsync('transcript of the question', async () =>
      (await entries('user-entry')).some((entry) => entry.text.includes('seven times eight')),
    );
    await eventuallyAsync('answer', async () =>
      (await entries('assistant-entry')).some((entry) => /fifty[- ]six|56/.test(entry.text)),
    );
    const recording = await eventuallyAsync('end of the spoken answer', async () => {
      const now = await readPageEars(page);
      const last = heard(now).at(-1);
      return last !== undefined && now.nowMs - last.endMs > 1_500 ? now : undefined;
    });
    const question = speechSpurts(recording.microphone)[0];
    const answer = heard(recording)[0];
    assert.ok(question !== undefined && answer !== undefined);
    const spokenMs = answer.endMs - answer.startMs;
    assert.ok(spokenMs > 800, `${spokenMs} ms of speech came back`);
    const inbound = await readInboundAudio(page);
    assert.equal(inbound.codec, 'audio/opus');
    assert.ok(inbound.totalAudioEnergy > 0.001, `energy ${inbound.totalAudioEnergy}`);
    assert.ok(inbound.totalSamplesDurationS * 1_000 > spokenMs);
    const gapMs = answer.startMs - question.endMs;
    context.diagnostic(
      `end of speech to first audio in the browser: ${gapMs.toFixed(0)} ms, ` +
        `of which ${SILENCE_MS} ms are the engine's silence window`,
    );
    // How fast is a benchmark's question; here the answer follows the question.
    assert.ok(gapMs > SILENCE_MS * 0.5, `${gapMs} ms`);
  });

  test('[INT1] speaking over the story stops it', async (context) => {
    await eventuallyAsync(
      'interrupted story',
      async () =>
        (await entries('assistant-entry')).some((entry) => entry.status === 'interrupted'),
      30_000,
    );
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-light.png') });
    await eventuallyAsync('transcript of the interruption', async () =>
      (await entries('user-entry')).some((entry) => entry.text.includes('what time is it')),
    );
    const recording = await readPageEars(page);
    const [, , interruption] = speechSpurts(recording.microphone);
    assert.ok(interruption !== undefined, 'the third utterance was played');
    const story = speechSpurts(recording.remote, 700).findLast(
      (spurt) => spurt.startMs < interruption.startMs,
    );
    assert.ok(story !== undefined, 'the story was heard');
    const storyMs = interruption.startMs - story.startMs;
    assert.ok(storyMs > 500, `the story was heard for ${storyMs} ms before`);
    const silenceMs = story.endMs - interruption.startMs;
    context.diagnostic(
      `onset of the interruption to silence in the browser: ${silenceMs.toFixed(0)} ms`,
    );
    assert.ok(silenceMs < STORY_MS_MIN, `${silenceMs} ms`);
    await eventuallyAsync('the time', async () =>
      (await entries('assistant-entry')).some(
        (entry) => entry.text.includes("it's") || entry.text.includes('it is'),
      ),
    );
  });

  test('[CLI1] the page can be driven by text, changes colour by a tool call and shows its state', async () => {
    await page.getByTestId('text-input').fill('make the page purple');
    await page.getByTestId('send-button').click();
    await eventuallyAsync('tool call', async () => (await entries('tool-entry')).length > 0);
    await page.getByTestId('tab-network').click();
    assert.match(await page.getByTestId('codec').innerText(), /opus/i);
    await eventuallyAsync('round-trip time', async () =>
      /\d/.test(await page.getByTestId('rtt').innerText()),
    );
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-dark.png') });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByTestId('tab-talk').click();
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-phone.png') });
    await page.setViewportSize({ width: 1_280, height: 860 });
  });

  test('[SES6] hanging up leaves nothing behind', async () => {
    await page.getByTestId('talk-button').click();
    await eventuallyAsync('end of the call at the server', async () => {
      const info = (await (await fetch(`${url}/v1/prism/info`)).json()) as {
        sessions: { live: number };
      };
      return info.sessions.live === 0;
    });
    const recording = await eventuallyAsync('closed connection', async () => {
      const now = await readPageEars(page);
      return now.connectionStates.every((state) => state === 'closed') ? now : undefined;
    });
    assert.deepEqual(recording.localTrackStates, ['ended']);
    // Log entries are written a moment later, in order.
    const reasons = await eventually('the end in the log', () => {
      const ended = prism.log.filter((entry) => entry['msg'] === 'call ended');
      return ended.length === 0 ? undefined : ended.map((entry) => entry['reason']);
    });
    assert.deepEqual(reasons, ['client_hangup']);
    assert.equal(prism.log.filter((entry) => Number(entry['level']) >= 50).length, 0, prism.output);
    assert.equal(await page.getByTestId('error-banner').count(), 0);
  });
});

suite('the page without a working upstream', () => {
  test('[SES5] a key that is refused is told on the page', async (context) => {
    const upstream = await FakeUpstream.start({
      refusal: { status: 401, body: '{"error":{"message":"Incorrect API key provided: sk-bad."}}' },
    });
    context.after(() => upstream.close());
    const { prism, url } = await PrismProcess.serve({
      OPENAI_API_KEY: 'sk-bad',
      OPENAI_BASE_URL: upstream.baseUrl,
    });
    context.after(() => prism.stop());
    const browser = await startBrowser('/dev/null');
    context.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(url);
    const playground = new PlaygroundPage(page, prism);
    assert.match(await playground.upstreamLabel(), /openai/i);
    const banner = await playground.connectAndFail();
    assert.match(banner, /upstream_authentication_failed/);
    assert.match(banner, /OPENAI_API_KEY/);
    assert.doesNotMatch(banner, /sk-bad/);
    await eventually('the failure in the log', () =>
      prism.log.some((entry) => entry['msg'] === 'upstream.failed'),
    );
    assert.equal(prism.errorOutput, '');
    assert.equal(await prism.stop(), 0);
  });
});
