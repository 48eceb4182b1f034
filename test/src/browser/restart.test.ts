import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { freePortVariables } from '../harness/free-port.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SDK_APPLICATION } from '../harness/sdk-application.ts';
import { type SimulatedUpstream, startSimulatedUpstream } from '../harness/simulated-upstream.ts';

const AUDIBLE_RMS = 0.003;
/** Every answer takes so long to be heard. */
const ANSWER_MS = 4_000;

interface Note {
  readonly atMs: number;
  readonly type?: string;
  readonly id?: string;
}

/** On the page's clock. */
interface Restart {
  readonly askedAtMs: number;
  readonly goneAtMs: number;
  readonly listensAtMs: number;
}

interface Entry {
  readonly role?: string;
  readonly text?: string;
}

suite("Prism's SDK while its server is restarted", () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-restart-'));
  const recordingPath = join(folder, 'microphone.wav');
  let upstream: SimulatedUpstream;
  let app: OfficialApp;
  let env: Record<string, string>;
  let prism: PrismProcess;
  let url: string;
  let browser: Browser | undefined;

  before(async () => {
    writeMicrophoneScript(recordingPath, [{ type: 'pause', durationMs: 120_000 }]);
    app = await OfficialApp.start(SDK_APPLICATION);
    upstream = await startSimulatedUpstream({
      timing: { first_audio_ms: 50, audio_ms: ANSWER_MS, pace_ratio: 2 },
      answers: [
        { text: 'One two three four five six seven eight.' },
        { text: 'Nine ten eleven twelve thirteen fourteen.' },
        { text: 'And fifteen sixteen seventeen eighteen.' },
      ],
    });
    env = {
      ...upstream.env,
      ...(await freePortVariables()),
      PRISM_ALLOWED_ORIGINS: app.origin,
      PRISM_LOG_FORMAT: 'json',
      PRISM_DRAIN_MS: '1000',
      PRISM_TOKEN_KEYS: 'a token key of thirty-two characters',
      PRISM_STORAGE_PATH: join(folder, 'prism.sqlite'),
    };
  });
  after(async () => {
    await upstream?.close();
    await app?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await browser?.close();
    await prism?.stop();
  });

  const count = async (page: Page, type: string): Promise<number> =>
    page.evaluate<number>(`app.events.filter(({ type }) => type === '${type}').length`);
  const untilCount = async (page: Page, type: string, wanted: number): Promise<void> => {
    await eventuallyAsync(
      `${type} ${wanted}`,
      async () => (await count(page, type)) >= wanted,
      20_000,
    );
  };
  const audibleSince = async (page: Page, sinceMs: number): Promise<number | undefined> =>
    page.evaluate<number | undefined>(
      `app.levels.find(({ atMs, agentRms }) => atMs > ${sinceMs} && agentRms > ${AUDIBLE_RMS})?.atMs`,
    );
  const nowMs = async (page: Page): Promise<number> => page.evaluate<number>('performance.now()');

  /** When the page was told something first, after a moment. */
  const toldAt = async (page: Page, type: string, sinceMs: number): Promise<number> =>
    page.evaluate<number>(
      `app.events.find((event) => event.type === '${type}' && event.atMs > ${sinceMs})?.atMs ?? NaN`,
    );

  /** As systemd does it: asks the process to stop, waits until it is gone, starts the next. */
  async function restart(page: Page): Promise<Restart> {
    const askedAtMs = await nowMs(page);
    assert.equal(await prism.stop(), 0);
    const goneAtMs = await nowMs(page);
    ({ prism } = await PrismProcess.serve(env));
    return { askedAtMs, goneAtMs, listensAtMs: await nowMs(page) };
  }

  /** Where the time went, in ms since SIGTERM. */
  async function piecesOf(page: Page, { askedAtMs, goneAtMs, listensAtMs }: Restart) {
    const pieces = {
      told: await toldAt(page, 'prism.server.draining', askedAtMs),
      moved: await toldAt(page, 'prism.session.moved', askedAtMs),
      gone: goneAtMs,
      listens: listensAtMs,
      back: await toldAt(page, 'prism.session.resumed', askedAtMs),
    };
    return Object.entries(pieces)
      .map(([name, atMs]) => `${name} ${Math.round(atMs - askedAtMs)}`)
      .join(', ');
  }

  for (const transport of ['webrtc', 'websocket'] as const) {
    test(`[CON33] over ${transport}: in the middle of an answer and between turns it goes on, each event once`, async (context) => {
      ({ prism, url } = await PrismProcess.serve(env));
      browser = await startBrowser(recordingPath);
      const page = await browser.newPage();
      await page.goto(app.origin);
      await page.waitForFunction('document.title === "ready"');
      const options = JSON.stringify({ url, transport });
      assert.equal(await page.evaluate<string>(`app.connect(${options})`), 'connected');
      const callId = await page.evaluate<string>('app.status().callId');

      await page.evaluate('app.session().sendText("First question.")');
      await untilCount(page, 'output_audio_buffer.stopped', 1);
      await page.evaluate('app.session().sendText("Second question.")');
      await untilCount(page, 'output_audio_buffer.started', 2);
      await eventuallyAsync('its sound', async () => audibleSince(page, (await nowMs(page)) - 200));

      const amid = await restart(page);
      await untilCount(page, 'prism.session.resumed', 1);
      const backAtMs = await eventuallyAsync('sound', async () =>
        audibleSince(page, amid.listensAtMs),
      );
      const amidPieces = await piecesOf(page, amid);
      const heardMs = Math.round(backAtMs - amid.askedAtMs);
      context.diagnostic(
        `${transport}, amid an answer, ms since SIGTERM: ${amidPieces}, heard ${heardMs}`,
      );
      assert.ok(backAtMs - amid.listensAtMs < 3_000, `${backAtMs - amid.listensAtMs} ms`);
      await untilCount(page, 'output_audio_buffer.stopped', 2);

      const between = await restart(page);
      await untilCount(page, 'prism.session.resumed', 2);
      const betweenPieces = await piecesOf(page, between);
      context.diagnostic(`${transport}, between turns, ms since SIGTERM: ${betweenPieces}`);
      await page.evaluate('app.session().sendText("Third question.")');
      await untilCount(page, 'output_audio_buffer.stopped', 3);

      assert.equal(await page.evaluate<string>('app.status().callId'), callId);
      assert.equal(await page.evaluate<string>('app.closed()'), 'open');
      assert.deepEqual(await page.evaluate<Note[]>('app.errors'), []);
      const ids = (await page.evaluate<Note[]>('app.events')).map(({ id }) => id);
      assert.deepEqual(ids.length, new Set(ids).size, 'each event once');
      assert.equal(await count(page, 'session.created'), 1);
      const entries = await page.evaluate<Entry[]>('app.transcript()');
      assert.deepEqual(
        entries.flatMap(({ role, text }) => (role === 'user' ? [text] : [])),
        ['First question.', 'Second question.', 'Third question.'],
      );
      assert.deepEqual(
        entries.map(({ role }) => role),
        ['user', 'assistant', 'user', 'assistant', 'assistant', 'user', 'assistant'],
      );
      await page.evaluate('app.session().close()');
    });
  }
});
