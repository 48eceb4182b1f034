import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { AGENTS_APPLICATION } from '../harness/agents-application.ts';
import { AgentsPage } from '../harness/agents-page.ts';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { readInboundAudio, readPageEars, speechSpurts } from '../harness/page-ears.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const KEY = 'sk-prism-test';

/** What the fake user says; the last sentence comes while the story is being told. */
const USER_SIDE = [
  { type: 'pause', durationMs: 3_000 },
  { type: 'say', text: 'make the page purple', voice: 'rms' },
  { type: 'pause', durationMs: 7_000 },
  { type: 'say', text: 'tell me a story', voice: 'slt' },
  { type: 'pause', durationMs: 5_000 },
  { type: 'say', text: 'what is seven times eight', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

suite('the Agents SDK in Chromium, over WebRTC', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-official-'));
  let app: OfficialApp;
  let prism: PrismProcess;
  let url: string;
  let browser: Browser;
  let agents: AgentsPage;
  let page: Page;

  before(async () => {
    const recordingPath = join(folder, 'microphone.wav');
    writeMicrophoneScript(recordingPath, USER_SIDE);
    app = await OfficialApp.start(AGENTS_APPLICATION);
    ({ prism, url } = await PrismProcess.serve({
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
    }));
    browser = await startBrowser(recordingPath);
    agents = await AgentsPage.open(browser, app);
    ({ page } = agents);
  });

  after(async () => {
    await browser?.close();
    await prism?.stop();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  /** What the application's history says of a role, all texts in lower case. */
  async function texts(role: 'user' | 'assistant'): Promise<readonly string[]> {
    return page.evaluate<string[]>(`app.session.history
      .filter((item) => item.type === 'message' && item.role === '${role}')
      .flatMap((item) => item.content.map((part) => (part.transcript ?? part.text ?? '').toLowerCase()))`);
  }

  test('[CNF30] connects from its own page with a client secret, by the URL alone', async () => {
    // What the package asks for by itself: to repeat what the secret has set is no error.
    const audio = { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } };
    await agents.connect(url, { key: KEY, session: { type: 'realtime', audio } });
    await agents.until('session.updated');
    const callId = await page.evaluate<string>('app.transport.callId');
    assert.match(callId, /^rtc_\w+$/);
    assert.equal((await agents.types())[0], 'session.created');
  });

  test('[CNF31] a tool that is asked for by voice runs in the page, and its answer is heard', async () => {
    await eventuallyAsync(
      'the spoken answer',
      async () =>
        (await agents.types()).filter((type) => type === 'output_audio_buffer.stopped').length > 0,
      20_000,
    );
    assert.deepEqual(await page.evaluate('app.colors'), ['purple']);
    assert.ok((await texts('user')).includes('make the page purple'));
    const { remote } = await readPageEars(page);
    assert.ok(speechSpurts(remote).length > 0);
    assert.equal((await readInboundAudio(page)).codec, 'audio/opus');
    assert.ok(!(await agents.types()).includes('response.output_audio.delta'));
  });

  test('[CNF32] speech cuts an answer off, which the conversation knows', async () => {
    await eventuallyAsync(
      'the answer to the second question',
      async () => (await texts('assistant')).some((text) => /56|fifty.six/.test(text)),
      30_000,
    );
    const all = await agents.types();
    for (const type of ['output_audio_buffer.cleared', 'conversation.item.truncated'])
      assert.ok(all.includes(type), type);
  });

  test('[CNF33] typed text, the stop button and mute work as with the service itself', async () => {
    await page.evaluate('app.session.mute(true)');
    await page.evaluate(`app.session.sendMessage('tell me a story')`);
    const started = (await agents.types()).filter(
      (type) => type === 'output_audio_buffer.started',
    ).length;
    await eventuallyAsync(
      'a new answer',
      async () =>
        (await agents.types()).filter((type) => type === 'output_audio_buffer.started').length >
        started,
    );
    const cleared = (await agents.types()).filter(
      (type) => type === 'output_audio_buffer.cleared',
    ).length;
    await page.evaluate('app.session.interrupt()');
    await eventuallyAsync(
      'its end',
      async () =>
        (await agents.types()).filter((type) => type === 'output_audio_buffer.cleared').length >
        cleared,
    );
    assert.deepEqual(await page.evaluate('app.errors'), []);
  });

  test('[CNF41] an answer that a guardrail of the agent refuses is cut off', async () => {
    const counts = async (): Promise<Record<string, number>> =>
      (await agents.types()).reduce<Record<string, number>>(
        (sum, type) => ({ ...sum, [type]: (sum[type] ?? 0) + 1 }),
        {},
      );
    const known = await counts();
    await page.evaluate(`app.session.sendMessage('how does interrupting work')`);
    await eventuallyAsync(
      'the guardrail',
      async () => (await page.evaluate<string[]>('app.tripped')).length > 0,
    );
    await eventuallyAsync('the cut', async () => {
      const now = await counts();
      return ['output_audio_buffer.cleared', 'conversation.item.truncated'].every(
        (type) => (now[type] ?? 0) > (known[type] ?? 0),
      );
    });
    assert.deepEqual(await page.evaluate('[...new Set(app.tripped)]'), ['No trade secrets']);
    assert.deepEqual(await page.evaluate('app.errors'), []);
  });

  test('[CNF34] hanging up from a server ends the call in the page', async () => {
    const callId = await page.evaluate<string>('app.transport.callId');
    const response = await fetch(`${url}/v1/realtime/calls/${callId}/hangup`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    assert.equal(response.status, 200);
    await eventuallyAsync(
      'the end of the connection',
      async () => (await page.evaluate<string>('app.transport.status')) === 'disconnected',
      20_000,
    );
  });
});
