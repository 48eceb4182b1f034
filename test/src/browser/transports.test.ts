import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freeMediaPort } from '../harness/free-port.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { NetworkNamespace } from '../harness/network/network-namespace.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SDK_APPLICATION } from '../harness/sdk-application.ts';

const KEY = 'sk-prism-test';

/** What the user says once the page has its microphone; the story is long. */
const USER_SIDE = [
  { type: 'pause', durationMs: 2_500 },
  { type: 'say', text: 'tell me a story', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

interface Entry {
  readonly role?: string;
  readonly text?: string;
}

interface Note {
  readonly atMs: number;
  readonly phase?: string;
  readonly link?: string;
  readonly callId?: string;
  readonly type?: string;
  readonly id?: string;
  readonly itemId?: string;
}

const problem = NetworkNamespace.problem();

suite("Prism's SDK on networks that block media", { skip: problem ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-transports-'));
  const recordingPath = join(folder, 'microphone.wav');
  let network: NetworkNamespace;
  let app: OfficialApp;
  let prism: PrismProcess;
  let url: string;
  let mediaPort: number;
  const browsers: Browser[] = [];

  before(async () => {
    writeMicrophoneScript(recordingPath, USER_SIDE);
    app = await OfficialApp.start(SDK_APPLICATION);
    network = NetworkNamespace.create();
    mediaPort = await freeMediaPort();
    const env = {
      PRISM_HOST: network.serverAddress,
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
      PRISM_LOG_FORMAT: 'json',
      PRISM_MEDIA_INTERFACES: network.clientLink,
      PRISM_MEDIA_PORT: String(mediaPort),
    };
    ({ prism, url } = await PrismProcess.serve(env, network.command));
  });

  after(async () => {
    await prism?.stop();
    network?.delete();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
  });

  function block(): void {
    network.udp({ isBlocked: true, blockedTcpPort: mediaPort });
  }

  async function open(): Promise<Page> {
    const browser = await startBrowser(recordingPath);
    browsers.push(browser);
    const page = await browser.newPage();
    await page.goto(app.origin);
    await page.waitForFunction('document.title === "ready"');
    return page;
  }

  async function connect(page: Page, options: object = {}): Promise<void> {
    const all = JSON.stringify({ url, token: KEY, ...options });
    assert.equal(await page.evaluate<string>(`app.connect(${all})`), 'connected');
  }

  async function notes(page: Page, list: 'statuses' | 'events'): Promise<readonly Note[]> {
    return page.evaluate<Note[]>(`app.${list}`);
  }

  async function eventOf(page: Page, type: string): Promise<void> {
    await eventuallyAsync(
      type,
      async () => (await notes(page, 'events')).some((event) => event.type === type),
      30_000,
    );
  }

  async function linkOf(page: Page): Promise<string | undefined> {
    return page.evaluate<string | undefined>('app.status()?.link');
  }

  /** When the agent was audible, by the page's own levels. */
  async function audibleAtMs(page: Page): Promise<readonly number[]> {
    return page.evaluate<number[]>(
      'app.levels.filter(({ agentRms }) => agentRms > 0.003).map(({ atMs }) => atMs)',
    );
  }

  /** Sessions of the upstream that the server has asked for so far, by its own count. */
  async function sessionsOpened(): Promise<number> {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
    const counts = (await response.text()).matchAll(/^prism_upstream_dials_total\{.*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  for (const transport of ['webrtc', 'websocket'] as const) {
    test(`[CON8] a question is heard and answered over ${transport} alone`, async (context) => {
      network.udp({});
      const page = await open();
      await connect(page, { transport });
      assert.equal(await linkOf(page), transport);
      await eventOf(page, 'output_audio_buffer.started');
      await eventuallyAsync('its sound', async () => (await audibleAtMs(page)).length > 50, 20_000);
      const transcript = await page.evaluate<Entry[]>('app.transcript()');
      assert.match(transcript.find(({ role }) => role === 'assistant')?.text ?? '', /ray of light/);
      const statistics = await page.evaluate<{ codec?: { mimeType: string } }>('app.statistics()');
      context.diagnostic(`${transport}: ${JSON.stringify(statistics.codec)}`);
      await page.evaluate('app.session().close()');
      await eventually('the end', () =>
        prism.log.some(
          (line) =>
            line['closeReason'] === 'client_hangup' || line['closeReason'] === 'client_closed',
        ),
      );
    });
  }

  test('[CLI68] a socket that the server refuses tells the page why, and takes another token', async () => {
    network.udp({});
    const page = await open();
    const refused = JSON.stringify({ url, transport: 'websocket', token: 'sk-unknown' });
    assert.equal(await page.evaluate<string>(`app.connect(${refused})`), 'server_refused');
    const { serverCode, message } = await page.evaluate<{ serverCode: string; message: string }>(
      'app.refusal()',
    );
    assert.equal(serverCode, 'invalid_api_key');
    assert.match(message, /The API key is not known here\. ./);
    await connect(page, { transport: 'websocket', token: undefined, tokens: ['sk-unknown', KEY] });
    assert.equal(await linkOf(page), 'websocket');
    await page.evaluate('app.session().close()');
  });

  for (const transport of ['webrtc', 'websocket'] as const)
    test(`[CLI70] [MWS16] a page that is loaded anew amid an answer goes on with its call, over ${transport}`, async () => {
      network.udp({});
      const sessionsBefore = await sessionsOpened();
      const page = await open();
      await connect(page, { transport, resume: 'reload' });
      const { callId } = await page.evaluate<{ callId: string }>('app.status()');
      await eventOf(page, 'output_audio_buffer.started');
      await eventuallyAsync('its sound', async () => (await audibleAtMs(page)).length > 20, 20_000);
      const told = await page.evaluate<Entry[]>('app.transcript()');
      await page.reload();
      await page.waitForFunction('document.title === "ready"');
      await connect(page, { transport, resume: 'reload' });
      assert.equal((await page.evaluate<{ callId: string }>('app.status()')).callId, callId);
      const restored = await page.evaluate<Entry[]>('app.restored()');
      assert.deepEqual(
        restored.map(({ role }) => role),
        told.map(({ role }) => role),
      );
      await eventuallyAsync('its sound', async () => (await audibleAtMs(page)).length > 20, 20_000);
      assert.equal((await sessionsOpened()) - sessionsBefore, 1);
      await page.evaluate('app.session().close()');
      await connect(page, { transport, resume: 'reload' });
      assert.notEqual((await page.evaluate<{ callId: string }>('app.status()')).callId, callId);
      await page.evaluate('app.session().close()');
    });

  test('[CON9] UDP and TCP media blocked: the page talks over the socket within 3 s, in the same call', async (context) => {
    block();
    const sessionsBefore = await sessionsOpened();
    const page = await open();
    const startedMs = await page.evaluate<number>('performance.now()');
    await connect(page);
    assert.equal(await linkOf(page), 'websocket');
    const live = (await notes(page, 'statuses')).find(({ link }) => link === 'websocket');
    const tookMs = (live?.atMs ?? Infinity) - startedMs;
    context.diagnostic(`the socket carried the call after ${Math.round(tookMs)} ms`);
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
    await eventOf(page, 'output_audio_buffer.started');
    assert.equal((await sessionsOpened()) - sessionsBefore, 1);
    // The next session on this network begins with what works.
    await page.evaluate('app.session().close()');
    await connect(page);
    const phases = await notes(page, 'statuses');
    assert.ok(phases.some(({ link }) => link === 'websocket'));
  });

  test('[CON10] [CLI64] [CLI69] blocked amid an answer: it goes on over the socket, in the same session, each event once both ways', async (context) => {
    network.udp({});
    const sessionsBefore = await sessionsOpened();
    const page = await open();
    await connect(page);
    // On a machine that others load the socket may win the race at first.
    await eventuallyAsync('WebRTC', async () => (await linkOf(page)) === 'webrtc', 20_000);
    await eventOf(page, 'output_audio_buffer.started');
    await eventuallyAsync('its sound', async () => (await audibleAtMs(page)).length > 20, 20_000);
    await page.evaluate('app.remark()');
    const blockedAtMs = await page.evaluate<number>('performance.now()');
    block();
    await eventuallyAsync('the socket', async () => (await linkOf(page)) === 'websocket', 20_000);
    await eventuallyAsync(
      'sound over the socket',
      async () => {
        const changed = (await notes(page, 'statuses')).findLast(
          ({ link }) => link === 'websocket',
        );
        return (await audibleAtMs(page)).some((atMs) => atMs > (changed?.atMs ?? Infinity));
      },
      20_000,
    );
    const changedAtMs =
      (await notes(page, 'statuses')).find(({ link }) => link === 'websocket')?.atMs ?? Infinity;
    const backAtMs = (await audibleAtMs(page)).find((atMs) => atMs > changedAtMs) ?? Infinity;
    context.diagnostic(`audio was back ${Math.round(backAtMs - blockedAtMs)} ms after the block`);
    assert.ok(backAtMs - blockedAtMs < 6_000, `${backAtMs - blockedAtMs} ms`);
    const remarkCount = await page.evaluate<number>('app.endRemarks()');
    const remarks = Array.from({ length: remarkCount }, (_, at) => `remark_${at + 1}`);
    const added = async (): Promise<readonly string[]> =>
      (await notes(page, 'events'))
        .filter(
          ({ type, itemId = '' }) =>
            type?.endsWith('item.added') === true && itemId.startsWith('remark'),
        )
        .map(({ itemId = '' }) => itemId);
    await eventuallyAsync('all remarks', async () => (await added()).length >= remarkCount);
    assert.deepEqual(await added(), remarks);
    context.diagnostic(`${remarkCount} events sent meanwhile came once each`);
    // The story takes a minute: the user has heard enough.
    await page.evaluate('app.session().interrupt()');
    await eventOf(page, 'output_audio_buffer.cleared');
    const ids = (await notes(page, 'events')).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'each event once');
    assert.equal((await sessionsOpened()) - sessionsBefore, 1);
    network.udp({});
    await eventuallyAsync('WebRTC again', async () => (await linkOf(page)) === 'webrtc', 20_000);
    assert.equal((await sessionsOpened()) - sessionsBefore, 1);
  });
});
