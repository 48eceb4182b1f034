import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { AGENTS_APPLICATION } from '../harness/agents-application.ts';
import { AgentsPage } from '../harness/agents-page.ts';
import { startBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { NetworkNamespace } from '../harness/network/network-namespace.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const KEY = 'sk-prism-test';

const USER_SIDE = [
  { type: 'pause', durationMs: 3_000 },
  { type: 'say', text: 'what is seven times eight', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

const problem = NetworkNamespace.problem();

suite('the Agents SDK, unmodified, where nft blocks UDP', { skip: problem ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-udp-'));
  const recordingPath = join(folder, 'microphone.wav');
  let network: NetworkNamespace;
  let app: OfficialApp;
  let prism: PrismProcess;
  let url: string;
  const browsers: Browser[] = [];

  before(async () => {
    writeMicrophoneScript(recordingPath, USER_SIDE);
    app = await OfficialApp.start(AGENTS_APPLICATION);
    network = NetworkNamespace.create();
    const env = {
      PRISM_HOST: network.serverAddress,
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
      PRISM_LOG_FORMAT: 'json',
      PRISM_MEDIA_INTERFACES: network.clientLink,
      PRISM_MEDIA_GRACE_MS: '2000',
    };
    ({ prism, url } = await PrismProcess.serve(env, network.command));
  });

  after(async () => {
    for (const browser of browsers) await browser.close();
    await prism?.stop();
    network?.delete();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  async function connect(): Promise<AgentsPage> {
    const browser = await startBrowser(recordingPath);
    browsers.push(browser);
    const agents = await AgentsPage.open(browser, app);
    await agents.connect(url, { key: KEY });
    return agents;
  }

  test('[NET16] from the start: the call goes over TCP', async () => {
    network.udp({ isBlocked: true });
    const agents = await connect();
    await agents.until('output_audio_buffer.stopped', 30_000);
    assert.equal(await agents.protocol(), 'tcp');
    await agents.page.evaluate('app.session.close()');
  });

  test('[NET17] amid an answer: Chromium stays on UDP, the client is away, and the grace ends the call', async () => {
    network.udp({});
    const agents = await connect();
    await agents.until('output_audio_buffer.started', 30_000);
    network.udp({ isBlocked: true });
    await eventually('the loss', () => prism.log.find(({ msg }) => msg === 'media.lost'), 20_000);
    assert.equal(await agents.protocol(), 'udp');
    await eventually(
      'the end of the call',
      () => prism.log.find((line) => line['closeReason'] === 'media_lost'),
      20_000,
    );
  });
});
