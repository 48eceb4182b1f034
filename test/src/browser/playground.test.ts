import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { PlaygroundPage } from '../harness/playground-page.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const PICTURES_PATH = process.env['PRISM_PICTURES'] ?? join(tmpdir(), 'prism-pictures');

const AGENTS = {
  storyteller: {
    description: 'Tells long stories.',
    instructions: 'Tell {{guest}} a story.',
    variables: { guest: { charsMax: 40 } },
  },
};

const TABS = ['talk', 'setup', 'network', 'latency', 'events', 'code'] as const;

/** A finger's width, as the guidelines of phone makers have it. */
const TOUCH_PIXELS_MIN = 44;

/** Notes what the page asks of the microphone; refuses while `window.isDenied` says so. */
const MICROPHONE_NOTES = `
  window.asked = [];
  window.tracks = [];
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    window.asked.push(constraints.audio.deviceId?.exact ?? 'default');
    if (window.isDenied) throw new DOMException('no', 'NotAllowedError');
    const stream = await getUserMedia(constraints);
    window.tracks.push(...stream.getAudioTracks());
    return stream;
  };
`;

suite('the parts of the playground', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-playground-'));
  let prism: PrismProcess;
  let url: string;
  let browser: Browser;
  let page: Page;

  before(async () => {
    mkdirSync(PICTURES_PATH, { recursive: true });
    const path = join(folder, 'silence.wav');
    writeMicrophoneScript(path, [{ type: 'pause', durationMs: 1_000 }]);
    ({ prism, url } = await PrismProcess.serve({ PRISM_AGENTS: JSON.stringify(AGENTS) }));
    browser = await startBrowser(path);
  });

  after(async () => {
    await browser?.close();
    await prism?.stop();
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    await page?.context().close();
  });

  async function open(width = 1_280, height = 860): Promise<PlaygroundPage> {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    await page.addInitScript(MICROPHONE_NOTES);
    await page.goto(url);
    return new PlaygroundPage(page, prism);
  }

  const press = async (testId: string): Promise<void> => page.getByTestId(testId).click();
  const textOf = async (testId: string): Promise<string> => page.getByTestId(testId).innerText();

  async function say(text: string): Promise<void> {
    await page.getByTestId('text-input').fill(text);
    await press('send-button');
  }

  async function answered(words: RegExp): Promise<void> {
    await eventuallyAsync('answer', async () =>
      (await page.getByTestId('assistant-entry').allInnerTexts()).some((text) => words.test(text)),
    );
  }

  async function carriedBy(words: RegExp): Promise<void> {
    await eventuallyAsync('what carries the call', async () => {
      const links = page.getByTestId('links');
      return (await links.count()) === 1 && words.test(await links.innerText());
    });
  }

  test('[PGD1] [PGD7] [PGD34] a transport can be forced, and another one for the next call', async () => {
    const playground = await open();
    await page.getByTestId('transport-websocket').check({ force: true });
    await playground.connect();
    await press('tab-network');
    await carriedBy(/^0:0\d\.\d\s+WebSocket\s+as the transport is set$/);
    await say('what is seven times eight');
    await answered(/fifty[- ]six|56/i);
    await press('tab-setup');
    assert.equal(await page.getByTestId('outdated').count(), 0);
    await page.getByTestId('transport-udp').check({ force: true });
    await press('call-again');
    await press('tab-network');
    await carriedBy(/WebRTC – UDP to .+:\d+\s+as the transport is set$/);
    await eventuallyAsync('round trip', async () => /\d/.test(await textOf('rtt')));
    assert.match(await textOf('quality'), /excellent|good|fair|poor/i);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-network.png') });
  });

  test('[PGD12] [PGD13] the microphone is changed during a call, and told when it is unplugged', async () => {
    const playground = await open();
    await playground.connect();
    const microphone = page.getByTestId('microphone');
    await eventuallyAsync('names of microphones', async () =>
      (await microphone.innerText()).includes('Fake Audio Input 1'),
    );
    await microphone.selectOption({ label: 'Fake Audio Input 1' });
    const id = await microphone.inputValue();
    await eventuallyAsync(
      'the other microphone',
      async () =>
        (await page.evaluate<string>('tracks.map((track) => track.readyState).join()')) ===
        'ended,live',
    );
    assert.deepEqual(await page.evaluate<string[]>('asked'), ['default', id]);
    assert.equal(await page.getByTestId('error-banner').count(), 0);
    await page.evaluate(`(() => {
      const { mediaDevices } = navigator;
      const enumerateDevices = mediaDevices.enumerateDevices.bind(mediaDevices);
      mediaDevices.enumerateDevices = async () =>
        (await enumerateDevices()).filter(({ label }) => label !== 'Fake Audio Input 1');
      mediaDevices.dispatchEvent(new Event('devicechange'));
    })()`);
    await eventuallyAsync(
      'word of the unplugged device',
      async () => (await page.getByTestId('microphone-gone').count()) === 1,
    );
    assert.match(await textOf('microphone-gone'), /Fake Audio Input 1 is not plugged in/);
    await microphone.selectOption('');
    assert.equal(await page.getByTestId('microphone-gone').count(), 0);
  });

  test('[PGD12] [PGD13] the loudspeaker is changed during a call, and taken again when it is back', async () => {
    const playground = await open();
    await playground.connect();
    const speaker = page.getByTestId('speaker');
    await eventuallyAsync('names of loudspeakers', async () =>
      (await speaker.innerText()).includes('Fake Audio Output 1'),
    );
    await speaker.selectOption({ label: 'Fake Audio Output 1' });
    const id = await speaker.inputValue();
    const playsOn = async (name: string, sinkId: string): Promise<unknown> =>
      eventuallyAsync(
        name,
        async () => (await page.evaluate('document.querySelector("audio").sinkId')) === sinkId,
      );
    await playsOn('the other loudspeaker', id);
    await page.evaluate(`(() => {
      const { mediaDevices } = navigator;
      const enumerateDevices = mediaDevices.enumerateDevices.bind(mediaDevices);
      mediaDevices.enumerateDevices = async () =>
        (await enumerateDevices()).filter(({ label }) => window.isBack || label !== 'Fake Audio Output 1');
      mediaDevices.dispatchEvent(new Event('devicechange'));
    })()`);
    await playsOn("the system's own", '');
    await page.evaluate(
      'window.isBack = true, navigator.mediaDevices.dispatchEvent(new Event("devicechange")), 0',
    );
    await playsOn('the one that is back', id);
    assert.equal(await page.getByTestId('error-banner').count(), 0);
  });

  test('[PGD42] an answer that the browser won’t play has a button, until it is heard', async () => {
    await open();
    await page.evaluate(`(() => {
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        return window.isAllowed ? play.call(this) : Promise.reject(new DOMException('no', 'NotAllowedError'));
      };
    })()`);
    await press('talk-button');
    const button = page.getByTestId('sound-button');
    await eventuallyAsync('the button', async () => (await button.count()) === 1);
    const banner = page.getByTestId('error-banner');
    assert.equal(await banner.getAttribute('data-code'), 'audio_blocked');
    await page.evaluate('window.isAllowed = true');
    await button.click();
    await eventuallyAsync('the end of it', async () => (await button.count()) === 0);
    assert.equal(await banner.count(), 0);
  });

  test('[PGD43] a call is answered while the button is pointed at, and given back with the page', async () => {
    const playground = await open();
    const posted: string[] = [];
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (request.method() === 'POST' && pathname.startsWith('/v1/realtime/calls'))
        posted.push(pathname.endsWith('/hangup') ? 'hangup' : search);
    });
    const isOf = (text: string, count: number) => async (): Promise<boolean> =>
      posted.filter((each) => each.includes(text)).length === count;
    await page.getByTestId('talk-button').hover();
    await eventuallyAsync('an answer', isOf('begin=when_reached', 1));
    await page.getByTestId('transport-webrtc').check({ force: true });
    await eventuallyAsync('its end, with other settings', isOf('hangup', 1));
    await page.getByTestId('text-input').hover();
    await page.getByTestId('talk-button').hover();
    await eventuallyAsync('another answer', isOf('begin=when_reached', 2));
    await playground.connect();
    assert.deepEqual(posted.length, 3);
  });

  test('[PGD41] a microphone is listened to without a call, until there is one', async () => {
    const playground = await open();
    const states = async (): Promise<string> =>
      page.evaluate<string>('tracks.map((track) => track.readyState).join()');
    await press('microphone-test');
    await eventuallyAsync('the microphone', async () => (await states()) === 'live');
    await press('microphone-test');
    await eventuallyAsync('its end', async () => (await states()) === 'ended');
    await press('microphone-test');
    await eventuallyAsync('the microphone again', async () => (await states()) === 'ended,live');
    await playground.connect();
    assert.equal(await states(), 'ended,ended,live');
    assert.equal(await page.getByTestId('microphone-test').count(), 0);
  });

  test('[PGD8] [PGD9] [PGD10] [PGD11] turns are split into parts, events are searched and saved', async () => {
    const playground = await open();
    await playground.connect();
    await say('what is seven times eight');
    await answered(/fifty[- ]six|56/i);
    await press('tab-latency');
    const turn = page.getByTestId('turn');
    await eventuallyAsync('the turn that was heard', async () =>
      /Heard \d/.test((await turn.allInnerTexts()).join(' ')),
    );
    assert.match(await turn.innerText(), /what is seven times eight/i);
    assert.match(await turn.innerText(), /Response created \d.*\s+First audio \d.*\s+Heard \d/);
    assert.match(await textOf('latency'), /^\d+(?:\.\d+)? m?s$/);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-latency.png') });

    await press('tab-events');
    const countOf = async (): Promise<number> => Number.parseInt(await textOf('event-count'), 10);
    await page.getByTestId('event-deltas').check();
    await say('tell me a story');
    await eventuallyAsync('a hundred events', async () => (await countOf()) > 100);
    assert.ok((await page.locator('.event').count()) < 60, 'rows beyond the view');
    await press('event-pause');
    const shown = await countOf();
    await page.getByTestId('event-filter').fill('seven times');
    const found = await countOf();
    assert.ok(found > 0 && found < shown, `${found} of ${shown}`);
    await page.locator('.event').first().click();
    assert.match(await page.locator('mark').first().innerText(), /seven times/i);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-events.png') });
    await page.getByTestId('direction-out').check({ force: true });
    const sent = await page.locator('.event').allInnerTexts();
    assert.deepEqual(
      sent.map((row) => /\w+\.[\w.]+/.exec(row)?.[0]),
      ['conversation.item.create'],
    );
    const [download] = await Promise.all([page.waitForEvent('download'), press('event-export')]);
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as object[];
    assert.equal(saved.length, shown);
  });

  test('[PGD14] an agent is chosen, and told who it speaks with', async () => {
    const playground = await open();
    await page.getByTestId('agent').selectOption('storyteller');
    await page.getByTestId('variable-guest').fill('Ann Droid');
    const asked = page.waitForRequest((request) => request.url().includes('/v1/realtime/calls'));
    await playground.connect();
    const query = new URL((await asked).url()).searchParams;
    assert.equal(query.get('agent'), 'storyteller');
    assert.equal(query.get('variables'), '{"guest":"Ann Droid"}');
  });

  test('[PGD35] a microphone that was refused is asked for again', async () => {
    const playground = await open();
    await page.evaluate('window.isDenied = true');
    assert.match(await playground.connectAndFail(), /microphone_denied/);
    await page.screenshot({ path: join(PICTURES_PATH, 'playground-denied.png') });
    await page.evaluate('window.isDenied = false');
    await press('remedy-retry');
    await eventuallyAsync(
      'the call',
      async () =>
        (await page.getByTestId('connection-state').getAttribute('data-phase')) === 'live',
      25_000,
    );
    assert.equal(await page.getByTestId('error-banner').count(), 0);
  });

  test('[PGD40] a phone of 360 pixels shows every part without scrolling sideways, for fingers and keys', async () => {
    const playground = await open(360, 740);
    await playground.connect();
    await say('what is seven times eight');
    await answered(/fifty[- ]six|56/i);
    for (const tab of TABS) {
      await press(`tab-${tab}`);
      const seen = await page.evaluate<Record<'wide' | 'nameless' | 'small', unknown>>(`({
        nameless: [...document.querySelectorAll('button, select, input')]
          .filter((one) => (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim() === '')
          .map((one) => one.outerHTML.slice(0, 90)),
        wide: document.documentElement.scrollWidth - innerWidth,
        small: [...document.querySelectorAll('button, select, summary, label, input[type=text], input[type=search]')]
          .filter((one) => one.checkVisibility({ visibilityProperty: true }))
          .filter((one) => one.getBoundingClientRect().height < ${TOUCH_PIXELS_MIN})
          .map((one) => one.outerHTML.slice(0, 90)),
      })`);
      assert.deepEqual(seen, { nameless: [], wide: 0, small: [] }, tab);
      await page.screenshot({ path: join(PICTURES_PATH, `playground-part-${tab}.png`) });
    }
    const chosen = page.locator('[role=tab][aria-selected=true]');
    await page.keyboard.press('ArrowRight');
    assert.equal(await chosen.innerText(), 'Talk');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await chosen.innerText(), 'Code');
    assert.equal(await chosen.getAttribute('aria-controls'), 'panel');
  });
});
