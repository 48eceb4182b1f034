import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';

const KEY = 'a-server-key-that-leaked';

/** What the page is told of each attempt. */
interface Told {
  readonly socket: string;
  readonly sdp: string;
  readonly files: string;
}

/** Runs in the page: tries every way into Prism that a page has, with a key and with cookies. */
const ATTEMPT = `async ({ url, key }) => {
  document.cookie = 'session=stolen; SameSite=None';
  const open = (path) => new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, ['realtime', 'openai-insecure-api-key.' + key]);
    socket.onopen = () => resolve('open');
    socket.onclose = () => resolve('closed');
  });
  const ask = async (path, options) => {
    try {
      const response = await fetch(url + path, { credentials: 'include', ...options });
      return String(response.status);
    } catch (error) {
      return 'blocked';
    }
  };
  return {
    socket: await open('/v1/realtime?model=m'),
    // As application/sdp a browser asks first, as text/plain it doesn't.
    sdp: [
      await ask('/v1/realtime/calls', { method: 'POST', headers: { authorization: 'Bearer ' + key, 'content-type': 'application/sdp' }, body: 'v=0' }),
      await ask('/v1/realtime/calls', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'v=0' }),
    ].join(),
    files: await ask('/', {}),
  };
}`;

suite('a page of another origin, in Chromium', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;
  let foreign: Server;
  let foreignPort: number;
  let browser: Browser;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: upstream.baseUrl,
      apiKeys: KEY,
    });
    const frame = `<iframe sandbox="allow-scripts" srcdoc="<p>A frame without origin"></iframe>`;
    foreign = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>Elsewhere</p>${frame}`),
    );
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const address = foreign.address();
    assert.ok(address !== null && typeof address === 'object');
    foreignPort = address.port;
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.prism.close();
    await upstream?.close();
    foreign?.close();
  });

  async function attemptFrom(target: Pick<Page, 'evaluate'>): Promise<Told> {
    const run = `(${ATTEMPT})(${JSON.stringify({ url: server.url, key: KEY })})`;
    return target.evaluate<Told>(run);
  }

  test('[ACC2] [ACC4] it opens no WebSocket, posts no offer and reads no file, with a key that leaked', async () => {
    const page = await browser.newPage();
    // The same machine under its other name, and another port of the same name, are other origins too.
    for (const host of ['127.0.0.1', 'localhost']) {
      await page.goto(`http://${host}:${foreignPort}/`);
      assert.deepEqual(await attemptFrom(page), {
        socket: 'closed',
        sdp: 'blocked,blocked',
        files: 'blocked',
      });
    }
    assert.equal(upstream.handshakes.length, 0);
    assert.equal(server.liveCalls(), 0);
    await page.close();
  });

  test('[ACC2] a sandboxed frame, whose origin is null, gets no further', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${foreignPort}/`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    assert.ok(frame);
    assert.equal(await frame.evaluate('self.origin'), 'null');
    const run = ATTEMPT.replace(/document\.cookie = .*/, '');
    const told = await frame.evaluate<Told>(
      `(${run})(${JSON.stringify({ url: server.url, key: KEY })})`,
    );
    assert.deepEqual(told, { socket: 'closed', sdp: 'blocked,blocked', files: 'blocked' });
    assert.equal(upstream.handshakes.length, 0);
    await page.close();
  });

  test("[ACC2] Prism's own page does all of it", async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/`);
    const told = await attemptFrom(page);
    assert.deepEqual([told.socket, told.files], ['open', '200']);
    assert.equal(told.sdp, '400,401');
    await page.close();
  });
});
