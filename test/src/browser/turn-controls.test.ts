import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { type MicrophoneStep, writeMicrophoneScript } from '../harness/microphone-script.ts';
import {
  installPageEars,
  type PageRecording,
  readPageEars,
  speechSpurts,
} from '../harness/page-ears.ts';
import { PlaygroundPage } from '../harness/playground-page.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const PICTURES_PATH = process.env['PRISM_PICTURES'] ?? join(tmpdir(), 'prism-pictures');

/** The engine's turn detection would have ended the turn by then, and answered. */
const TURN_ENDS_MS = 1_500;
/** The longest pause of these scripts, what is said after it, and a busy machine. */
const SAID_WITHIN_MS = 25_000;
/** A gap in the answer that is no pause between its sentences. */
const HELD_GAP_MS = 2_000;

const pause = (durationMs: number): MicrophoneStep => ({ type: 'pause', durationMs });
const say = (text: string): MicrophoneStep => ({ type: 'say', text, voice: 'rms' });

suite('push to talk, hold and mute in the playground', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-turns-'));
  let prism: PrismProcess;
  let url: string;
  let browser: Browser | undefined;
  let page: Page;

  before(async () => {
    mkdirSync(PICTURES_PATH, { recursive: true });
    ({ prism, url } = await PrismProcess.serve());
  });

  after(async () => {
    await prism?.stop();
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });

  /** A page that is on a call, whose microphone says this. */
  async function call(steps: readonly MicrophoneStep[]): Promise<void> {
    const path = join(folder, 'microphone.wav');
    writeMicrophoneScript(path, steps);
    browser = await startBrowser(path);
    page = await browser.newPage({
      viewport: { width: 1_280, height: 900 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await installPageEars(page);
    await page.goto(url);
    await new PlaygroundPage(page, prism).connect();
  }

  const texts = async (testId: string): Promise<readonly string[]> =>
    (await page.getByTestId(testId).allInnerTexts()).map((text) => text.toLowerCase());

  const said = (what: string, count: number, quietMs = 0): Promise<PageRecording> =>
    eventuallyAsync(
      what,
      async () => {
        const recording = await readPageEars(page);
        const spurts = speechSpurts(recording.microphone, 700);
        const last = spurts[count - 1];
        return last !== undefined && recording.nowMs - last.endMs > Math.max(700, quietMs)
          ? recording
          : undefined;
      },
      SAID_WITHIN_MS,
    );

  const isOver = (recording: PageRecording, silentMs: number): boolean =>
    recording.nowMs - (speechSpurts(recording.remote).at(-1)?.endMs ?? 0) > silentMs;

  test('[CLI60] what is said while the button is down is one turn, and is answered when it is up', async () => {
    await call([pause(6_000), say('what is seven times eight'), pause(60_000)]);
    await page.getByTestId('mode-push_to_talk').check({ force: true });
    const pad = page.getByTestId('push-button');
    await pad.dispatchEvent('pointerdown', { pointerId: 1, isPrimary: true, button: 0 });
    await eventuallyAsync(
      'button that is down',
      async () => (await pad.getAttribute('aria-pressed')) === 'true',
    );
    // However long the silence, nobody else ends the turn.
    await said('question', 1, TURN_ENDS_MS);
    assert.deepEqual([await texts('user-entry'), await texts('assistant-entry')], [[], []]);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-push.png') });
    await pad.dispatchEvent('pointerup', { pointerId: 1, isPrimary: true, button: 0 });
    await eventuallyAsync('answer', async () =>
      (await texts('assistant-entry')).some((text) => /fifty[- ]six|56/.test(text)),
    );
    assert.ok((await texts('user-entry')).some((text) => text.includes('seven times eight')));
  });

  test('[CLI60] the space bar does what the button does', async () => {
    await call([pause(6_000), say('what is seven times eight'), pause(60_000)]);
    await page.getByTestId('mode-push_to_talk').check({ force: true });
    await page.keyboard.down('Space');
    await said('question', 1);
    assert.equal(await page.getByTestId('push-button').getAttribute('aria-pressed'), 'true');
    await page.keyboard.up('Space');
    await eventuallyAsync('answer', async () =>
      (await texts('assistant-entry')).some((text) => /fifty[- ]six|56/.test(text)),
    );
    assert.equal(await page.getByTestId('push-button').getAttribute('aria-pressed'), 'false');
  });

  test('[CLI61] [PAU2] an answer on hold is silent, and goes on where it stopped', async () => {
    await call([pause(120_000)]);
    await page.getByTestId('text-input').fill('tell me a story');
    await page.getByTestId('send-button').click();
    const speaking = (what: string): Promise<PageRecording> =>
      eventuallyAsync(what, async () => {
        const recording = await readPageEars(page);
        return speechSpurts(recording.remote).length > 0 && !isOver(recording, 200)
          ? recording
          : undefined;
      });
    await speaking('beginning of the story');
    const hold = page.getByTestId('hold-button');
    await hold.click();
    const held = await eventuallyAsync('silence on hold', async () => {
      const recording = await readPageEars(page);
      return isOver(recording, HELD_GAP_MS) ? recording : undefined;
    });
    assert.equal(await hold.getAttribute('aria-pressed'), 'true');
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-hold.png') });
    await hold.click();
    await speaking('rest of the story');
    const [answer] = await page.getByTestId('assistant-entry').all();
    assert.notEqual(await answer?.getAttribute('data-status'), 'interrupted');
    const spurts = speechSpurts((await readPageEars(page)).remote, HELD_GAP_MS);
    assert.ok(spurts.length >= 2, JSON.stringify(spurts));
    assert.ok((spurts[1]?.startMs ?? 0) > held.nowMs);
  });

  test('[CLI62] [HRD8] an interrupted answer shows the words that were heard, and apart from them the rest', async () => {
    await call([pause(120_000)]);
    await page.getByTestId('text-input').fill('tell me a story');
    await page.getByTestId('send-button').click();
    await eventuallyAsync('some of the story', async () => {
      const recording = await readPageEars(page);
      const [first] = speechSpurts(recording.remote, 1_500);
      return first !== undefined && first.endMs - first.startMs > 3_000;
    });
    await page.keyboard.press('Escape');
    const heard = await eventuallyAsync('words that were heard', async () => {
      const [text] = await page.getByTestId('heard-words').allInnerTexts();
      return text;
    });
    const unheard = (await page.getByTestId('unheard-words').allInnerTexts()).join('');
    assert.ok(heard.split(' ').length >= 3, heard);
    assert.ok(unheard.length > heard.length, unheard);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-heard.png') });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByTestId('mode-push_to_talk').check({ force: true });
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-heard-phone-dark.png') });
  });

  test('[CLI63] what is said while the microphone is muted is heard by nobody', async () => {
    await call([
      pause(6_000),
      say('what is seven times eight'),
      pause(7_000),
      say('tell me a story'),
      pause(4_000),
      say('what time is it'),
      pause(60_000),
    ]);
    await said('first question', 1);
    await eventuallyAsync('first answer', async () =>
      (await texts('assistant-entry')).some((text) => /fifty[- ]six|56/.test(text)),
    );
    await page.keyboard.press('m');
    await eventuallyAsync(
      'mute',
      async () => (await page.getByTestId('mute-button').getAttribute('aria-pressed')) === 'true',
    );
    await said('question that nobody hears', 2);
    await page.keyboard.press('m');
    await eventuallyAsync('last question', async () =>
      (await texts('user-entry')).some((text) => text.includes('what time is it')),
    );
    const all = (await texts('user-entry')).join(' ');
    assert.ok(!all.includes('story'), all);
  });
});
