import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SDK_APPLICATION } from '../harness/sdk-application.ts';

const CALLS = '/v1/realtime/calls';

suite('a call that the page prepared', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-prepared-'));
  let server: PrismUnderTest;
  let app: OfficialApp;
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];

  before(async () => {
    const recordingPath = join(folder, 'microphone.wav');
    writeMicrophoneScript(recordingPath, [
      { type: 'pause', durationMs: 2_000 },
      { type: 'say', text: 'what can you do', voice: 'slt' },
      { type: 'pause', durationMs: 60_000 },
    ]);
    app = await OfficialApp.start(SDK_APPLICATION);
    server = await startPrism({ sessionCountMax: 1, allowedOrigins: [app.origin] });
    browser = await startBrowser(recordingPath);
    page = await browser.newPage();
    page.on('request', (request) => {
      if (request.method() === 'POST') requests.push(new URL(request.url()).pathname);
    });
    await page.goto(app.origin);
    await page.waitForFunction('document.title === "ready"');
  });
  after(async () => {
    await browser?.close();
    await server?.prism.close();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  const inPage = <Result>(script: string): Promise<Result> => page.evaluate<Result>(script);
  const options = (): string => JSON.stringify({ url: server.url, transport: 'webrtc' });

  test('[CLI90] [PRP2] has a place until it is closed, and none is not ready', async () => {
    assert.equal(await inPage(`window.app.prepare(${options()})`), true);
    assert.equal(server.liveCalls(), 0);
    assert.equal(await inPage(`window.app.prepare(${options()})`), false, 'the place is taken');
    await inPage('window.app.prepared.close()');
    await eventuallyAsync('the place', () => inPage(`window.app.prepare(${options()})`));
  });

  test('[CLI90] a session takes it: without a further offer, and talks as ever', async () => {
    const offers = requests.filter((path) => path === CALLS).length;
    assert.equal(await inPage(`window.app.connect(${options()})`), 'connected');
    assert.equal(requests.filter((path) => path === CALLS).length, offers);
    assert.equal(server.liveCalls(), 1);
    await page.waitForFunction(
      'window.app.transcript().some(({ role, text }) => role === "assistant" && text.length > 10)',
      undefined,
      { timeout: 25_000 },
    );
  });

  test('[CLI91] one that was taken already is as if it were not there', async () => {
    await inPage('window.app.session().close()');
    await eventually('the end of the call', () => server.liveCalls() === 0);
    const offers = requests.filter((path) => path === CALLS).length;
    assert.equal(await inPage(`window.app.connect(${options()})`), 'connected');
    assert.equal(requests.filter((path) => path === CALLS).length, offers + 1);
    await inPage('window.app.session().close()');
  });
});
