import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventuallyAsync } from '../harness/eventually.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { typeCheck } from '../harness/type-check.ts';

const KEY = 'sk-prism-snippets';

/** What a page can set that shows in code. */
const NAMES = ['sdk', 'react', 'webrtc', 'curl'] as const;

suite('the code that the playground shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-snippets-'));
  let app: OfficialApp;
  /** What runs in the page of another origin. */
  let module_ = '';
  let prism: PrismProcess;
  let url: string;
  let browser: Browser;
  let code: Readonly<Record<(typeof NAMES)[number], string>>;
  let codeWithKey: typeof code;

  before(async () => {
    const path = join(folder, 'silence.wav');
    writeMicrophoneScript(path, [{ type: 'pause', durationMs: 1_000 }]);
    browser = await startBrowser(path);
    app = await OfficialApp.start(() => `${module_}\ndocument.title = 'ready';`);
    ({ prism, url } = await PrismProcess.serve({ PRISM_ALLOWED_ORIGINS: app.origin }));
    code = await snippets('');
    codeWithKey = await snippets(`#key=${KEY}`);
  });

  after(async () => {
    await browser?.close();
    await prism?.stop();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  async function snippets(fragment: string): Promise<typeof code> {
    const page = await browser.newPage();
    await page.goto(`${url}/${fragment}`);
    await page.getByTestId('tab-code').click();
    const texts: Record<string, string> = {};
    for (const name of NAMES) {
      await page.getByTestId(`snippet-${name}`).check({ force: true });
      texts[name] = (await page.getByTestId('snippet').textContent()) ?? '';
    }
    await page.close();
    return texts as typeof code;
  }

  /** Runs a program in a page of another origin, and waits until it has logged that. */
  async function logs(program: string, wanted: string): Promise<void> {
    module_ = program;
    const page: Page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (line) => lines.push(line.text()));
    page.on('pageerror', (error) => lines.push(String(error)));
    await app.show(page);
    await eventuallyAsync(`${wanted} in ${lines.join()}`, async () => lines.includes(wanted));
    await page.close();
  }

  test('[PGD31] the SDK and React snippets are what their packages take', async () => {
    assert.notEqual(code.sdk, codeWithKey.sdk);
    const said = await typeCheck({
      'call.ts': code.sdk,
      'call-with-key.ts': codeWithKey.sdk,
      'app.tsx': code.react,
      'app-with-key.tsx': codeWithKey.react,
    });
    assert.equal(said, '');
  });

  test('[PGD31] the SDK snippet calls and is answered', async () => {
    const program = code.sdk.replace("'@prism/client'", "'/prism/index.js'");
    await logs(program, 'output_audio_buffer.started');
  });

  test('[PGD31] the WebRTC snippet calls, and its session has its tools', async () => {
    await logs(code.webrtc, 'session.updated');
  });

  test('[PGD31] the curl snippet makes a client secret', async () => {
    const { stdout } = await promisify(execFile)('sh', ['-c', `${code.curl.trim()} --silent`]);
    const { value } = JSON.parse(stdout) as { value: string };
    assert.match(value, /^ek_/);
    assert.match(codeWithKey.curl, /Bearer \$PRISM_KEY/);
  });
});
