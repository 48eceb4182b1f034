import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type BrowserOptions, startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SDK_APPLICATION } from '../harness/sdk-application.ts';

const KEY = 'sk-prism-test';

/**
 * Chromium without a head has one microphone that can't be pulled out: these devices can. `devices.plug` and
 * `devices.pull` change them as the system would, and their sound is a tone's.
 */
const DEVICES = `
  const names = new Set(['default', 'headset']);
  const open = new Map();
  const media = navigator.mediaDevices;
  const context = new AudioContext();
  media.enumerateDevices = async () =>
    [...names].map((deviceId) => ({ deviceId, kind: 'audioinput', label: deviceId, groupId: '' }));
  media.getUserMedia = async ({ audio: { deviceId } }) => {
    const name = deviceId?.exact ?? [...names][0];
    if (!names.has(name)) throw new DOMException('gone', 'NotFoundError');
    const target = context.createMediaStreamDestination();
    const tone = new OscillatorNode(context);
    tone.connect(target);
    tone.start();
    const [track] = target.stream.getAudioTracks();
    track.getSettings = () => ({ deviceId: name });
    open.set(name, track);
    return target.stream;
  };
  window.devices = {
    plug: (name) => { names.add(name); media.dispatchEvent(new Event('devicechange')); },
    pull: (name) => {
      names.delete(name);
      open.get(name)?.stop();
      open.get(name)?.dispatchEvent(new Event('ended'));
      media.dispatchEvent(new Event('devicechange'));
    },
  };
`;

/** Timers that fire at whole steps alone, as those of a page in the background do. */
const THROTTLE = `
  const plain = window.setTimeout.bind(window);
  window.throttleMs = 0;
  window.setTimeout = (callback, delayMs = 0, ...rest) => {
    if (window.throttleMs === 0) return plain(callback, delayMs, ...rest);
    const nowMs = performance.now();
    const dueMs = Math.ceil((nowMs + delayMs) / window.throttleMs) * window.throttleMs;
    return plain(callback, dueMs - nowMs, ...rest);
  };
`;

/** Keeps the page's audio contexts, so that a test may do to them what a system does. */
const CONTEXTS = `
  window.contexts = [];
  window.AudioContext = class extends AudioContext {
    constructor(...options) { super(...options); window.contexts.push(this); }
  };
`;

interface SoundNote {
  readonly type: string;
  readonly cause?: string;
  readonly code?: string;
  readonly isHidden?: boolean;
  readonly microphone: string;
  readonly playback: string;
}

suite('what a page does to the sound of a call', () => {
  let app: OfficialApp;
  let prism: PrismProcess;
  let url: string;
  const browsers: Browser[] = [];

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
  });

  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
  });

  async function open(script = '', options: BrowserOptions = {}): Promise<Page> {
    const browser = await startBrowser('/dev/null', options);
    browsers.push(browser);
    const page = await browser.newPage();
    await page.addInitScript(`{ ${script} }`);
    await app.show(page);
    return page;
  }

  async function connect(page: Page, options: object = {}): Promise<string> {
    const all = JSON.stringify({ url, token: KEY, ...options });
    return page.evaluate<string>(`app.connect(${all})`);
  }

  /** The newest change of that kind. */
  async function soundOf(page: Page, fits: Partial<SoundNote>): Promise<SoundNote> {
    return eventuallyAsync(JSON.stringify(fits), async () =>
      (await page.evaluate<SoundNote[]>('app.sounds')).findLast((note) =>
        Object.entries(fits).every(([name, value]) => Reflect.get(note, name) === value),
      ),
    );
  }

  async function errorCodes(page: Page): Promise<readonly string[]> {
    const errors = await page.evaluate<{ readonly code: string }[]>('app.errors');
    return errors.map(({ code }) => code);
  }

  /** Says something by text, and waits for its sound to be announced. */
  async function answers(page: Page): Promise<void> {
    const knownCount = await page.evaluate<number>('app.events.length');
    await page.evaluate(`app.session().sendText('what is seven times eight')`);
    await eventuallyAsync('the answer', () =>
      page.evaluate<boolean>(
        `app.events.slice(${knownCount}).some(({ type }) => type === 'output_audio_buffer.started')`,
      ),
    );
  }

  async function permission(page: Page, setting: 'granted' | 'denied' | 'prompt'): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const { targetInfo } = await session.send('Target.getTargetInfo');
    const { browserContextId } = targetInfo;
    await session.send('Browser.setPermission', {
      permission: { name: 'microphone' },
      setting,
      origin: app.origin,
      ...(browserContextId === undefined ? {} : { browserContextId }),
    });
  }

  /** Evaluates without a gesture of the user, which Playwright's own way stands for. */
  async function quietly(page: Page, expression: string): Promise<unknown> {
    const session = await page.context().newCDPSession(page);
    const options = { awaitPromise: true, returnByValue: true, userGesture: false };
    const { result } = await session.send('Runtime.evaluate', { expression, ...options });
    return result.value;
  }

  test('[DVC6] [DVC8] a microphone that is denied, and a question that nobody answers, are told apart', async () => {
    const page = await open('', { isMicrophoneGuarded: true });
    await permission(page, 'denied');
    assert.equal(await connect(page), 'microphone_denied');
    assert.equal(await page.evaluate('app.status()'), undefined);
    await permission(page, 'prompt');
    assert.equal(await connect(page), 'microphone_dismissed');
  });

  test('[DVC7] a permission that is taken back amid a call is told, and the call goes on', async () => {
    const page = await open('', { isMicrophoneGuarded: true });
    await permission(page, 'granted');
    assert.equal(await connect(page), 'connected');
    await permission(page, 'denied');
    const lost = await soundOf(page, { type: 'microphone_lost' });
    assert.deepEqual([lost.code, lost.microphone], ['microphone_revoked', 'revoked']);
    assert.deepEqual(await errorCodes(page), ['microphone_revoked']);
    await answers(page);
    await permission(page, 'granted');
    await page.evaluate('app.session().switchMicrophone(undefined)');
    assert.equal((await soundOf(page, { type: 'microphone' })).microphone, 'open');
  });

  test('[SOC12] what Chromium decodes keeps the RTP time of its packet across a pause', async () => {
    const page = await open();
    const times = await page.evaluate<number[]>(`(async () => {
      const { OpusCoder } = await import('/prism/socket/opus-coder.js');
      const payloads = [];
      const times = [];
      const coder = new OpusCoder({
        onEncoded: (payload) => payloads.push(payload),
        onDecoded: (rtpTimestamp) => times.push(rtpTimestamp),
      }, () => times.push('failed'));
      const until = async (isThere) => {
        while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      for (let count = 0; count < 4; count += 1) coder.encode(new Float32Array(480).fill(0.1));
      await until(() => payloads.length >= 3);
      [960, 1_920, 960_000].forEach((time, index) => coder.decode(time, payloads[index]));
      await until(() => times.length >= 3);
      coder.close();
      return times;
    })()`);
    assert.deepEqual(times, [960, 1_920, 960_000]);
  });

  for (const transport of ['webrtc', 'websocket'] as const) {
    test(`[DVC3] [DVC4] [DVC5] over ${transport} a microphone is chosen, unplugged, missed and plugged in again`, async () => {
      const page = await open(DEVICES);
      assert.equal(await connect(page, { transport }), 'connected');
      const level = (): Promise<boolean> =>
        page.evaluate<boolean>('app.session().levels().microphoneRms > 0.01');
      await page.evaluate(`app.session().switchMicrophone('headset')`);
      const named = `app.session().sound.microphoneDevice.id`;
      assert.equal(await page.evaluate(named), 'headset');
      await page.evaluate(`devices.pull('headset')`);
      await soundOf(page, { type: 'microphone', cause: 'unplugged' });
      assert.equal(await page.evaluate(named), 'default');
      await eventuallyAsync('its sound', level);
      await page.evaluate(`devices.pull('default')`);
      const lost = await soundOf(page, { type: 'microphone_lost' });
      assert.deepEqual([lost.code, lost.microphone], ['microphone_ended', 'missing']);
      await answers(page);
      await page.evaluate(`devices.plug('usb')`);
      const back = await soundOf(page, { type: 'microphone', cause: 'plugged_in' });
      assert.equal(back.microphone, 'open');
      await eventuallyAsync('its sound', level);
      assert.deepEqual(await errorCodes(page), ['microphone_ended']);
    });

    test(`[DVC9] over ${transport} the answer that a browser won’t play waits for a gesture`, async () => {
      const browser = await startBrowser('/dev/null', { isAutoplayBlocked: true });
      browsers.push(browser);
      const page = await browser.newPage();
      await page.goto(app.origin);
      await eventuallyAsync('the page', async () => quietly(page, 'document.title === "ready"'));
      // A page that has the microphone may play; this one has a stream of its own.
      const options = JSON.stringify({ url, token: KEY, transport });
      const stream = 'new AudioContext().createMediaStreamDestination().stream';
      const begun = await quietly(page, `app.connect({ ...${options}, mediaStream: ${stream} })`);
      assert.equal(begun, 'connected');
      const blocked = `app.sounds.some(({ code, playback }) =>
        code === 'audio_blocked' && playback === 'blocked')`;
      await eventuallyAsync('its refusal', async () => quietly(page, blocked));
      await quietly(page, `document.onclick = () => void app.session().startAudio(); 0`);
      await page.mouse.click(10, 10);
      await soundOf(page, { type: 'playback', playback: 'playing' });
    });

    test(`[DVC10] over ${transport} a context that the system suspends is told, and comes back`, async () => {
      const page = await open(CONTEXTS);
      assert.equal(await connect(page, { transport, output: 'web-audio' }), 'connected');
      await answers(page);
      await page.evaluate('Promise.all(contexts.map((context) => context.suspend()))');
      const suspended = await soundOf(page, { type: 'playback', code: 'audio_suspended' });
      assert.equal(suspended.playback, 'suspended');
      await page.evaluate('app.session().startAudio()');
      await soundOf(page, { type: 'playback', playback: 'playing' });
    });

    test(`[DVC13] [DVC12] over ${transport} the answer is heard through Web Audio, a node of the page and a chosen device`, async () => {
      const page = await open();
      const heard = `(async () => {
        const context = new AudioContext();
        const meter = new AnalyserNode(context);
        meter.connect(context.destination);
        window.meter = meter;
        return app.connect({ ...${JSON.stringify({ url, token: KEY, transport })}, output: meter });
      })()`;
      assert.equal(await page.evaluate(heard), 'connected');
      await answers(page);
      await eventuallyAsync('its sound at the node', () =>
        page.evaluate<boolean>(`(() => {
          const samples = new Float32Array(1024);
          meter.getFloatTimeDomainData(samples);
          return samples.some((sample) => Math.abs(sample) > 0.01);
        })()`),
      );
      const chosen = await page.evaluate<string>(`(async () => {
        const devices = await navigator.mediaDevices.enumerateDevices();
        const { deviceId } = devices.findLast(({ kind }) => kind === 'audiooutput');
        await app.session().setOutput(deviceId);
        return app.session().sound.outputId === deviceId ? 'chosen' : 'not chosen';
      })()`);
      assert.equal(chosen, 'chosen');
      const refused = `app.session().setOutput('nowhere').catch(({ code }) => code)`;
      assert.equal(await page.evaluate(refused), 'output_missing');
    });

    test(`[DVC11] [DVC15] over ${transport} a page in the background keeps its call, though its timers hardly run`, async () => {
      const page = await open(THROTTLE);
      assert.equal(await connect(page, { transport }), 'connected');
      await page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        window.throttleMs = 1_000;`);
      assert.equal((await soundOf(page, { type: 'page' })).isHidden, true);
      const sleptMs = async (durationMs: number): Promise<void> => {
        const startMs = await page.evaluate<number>('performance.now()');
        await eventuallyAsync(
          'time',
          async () => (await page.evaluate<number>('performance.now()')) - startMs > durationMs,
          durationMs + 10_000,
        );
      };
      await sleptMs(6_000);
      await answers(page);
      await page.evaluate('window.throttleMs = 12_000');
      await sleptMs(15_000);
      await answers(page);
      const phases = await page.evaluate<{ phase: string }[]>('app.statuses');
      assert.ok(phases.every(({ phase }) => phase !== 'unstable'));
      assert.equal(await page.evaluate('app.status().link'), transport);
      assert.equal(await page.evaluate('app.status().phase'), 'live');
    });
  }
});
