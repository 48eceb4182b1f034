import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { OPENAI_APPLICATION } from '../harness/openai-application.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const KEY = 'sk-prism-test';

/** Mints a client secret as the application's server does, which trusts the printed certificate alone. */
function mintSecret(baseUrl: string, certificatePem: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${baseUrl}/realtime/client_secrets`,
      {
        method: 'POST',
        ca: certificatePem,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve((JSON.parse(body) as { value: string }).value));
      },
    );
    request.on('error', reject);
    request.end('{"session":{"type":"realtime","output_modalities":["text"]}}');
  });
}

suite('openai/realtime/websocket in Chromium, which dials wss: alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-openai-page-'));
  let app: OfficialApp;
  let prism: PrismProcess;
  let baseUrl: string;
  let secret: string;
  let browser: Browser;
  let page: Page;

  before(async () => {
    app = await OfficialApp.start(OPENAI_APPLICATION);
    const served = await PrismProcess.serve({
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
      PRISM_DEV_TLS: 'true',
      XDG_CACHE_HOME: folder,
    });
    prism = served.prism;
    baseUrl = `${served.url.replace('http:', 'https:')}/v1`;
    const pem = readFileSync(join(folder, 'prism', 'tls', 'localhost.pem'), 'utf8');
    secret = await mintSecret(baseUrl, pem);
    browser = await startBrowser();
    // The certificate signs itself; a person would tell the browser to trust it.
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    page = await context.newPage();
    await app.show(page);
  });

  after(async () => {
    await browser?.close();
    await prism?.stop();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  async function types(): Promise<readonly string[]> {
    return page.evaluate<string[]>('app.types()');
  }

  test('[CNF37] connects by base URL and client secret, and is answered', async () => {
    await page.evaluate(`app.connect('${secret}', '${baseUrl}')`);
    await eventuallyAsync('session.created', async () => (await types())[0] === 'session.created');
    assert.equal(await page.evaluate('app.realtime.socket.protocol'), 'realtime');
    assert.match(await page.evaluate<string>('app.realtime.socket.url'), /^wss:/);
    await page.evaluate(`app.ask('what is seven times eight')`);
    await eventuallyAsync('the answer', async () => (await types()).includes('response.done'));
    const text = await page.evaluate<string>(
      `app.events.find((event) => event.type === 'response.output_text.done').text`,
    );
    assert.equal(text, '7 times 8 is 56.');
  });

  test('[CNF37] a refused event is an error of the package, and closing is a clean close', async () => {
    await page.evaluate(
      `app.realtime.send({ type: 'conversation.item.retrieve', item_id: 'nowhere' })`,
    );
    await eventuallyAsync(
      'the error',
      async () => (await page.evaluate<string[]>('app.errors')).length === 1,
    );
    await page.evaluate('app.realtime.close()');
    const closed = await eventuallyAsync('the close', async () =>
      page.evaluate<{ code: number } | undefined>('app.closed'),
    );
    assert.equal(closed.code, 1_000);
  });
});
