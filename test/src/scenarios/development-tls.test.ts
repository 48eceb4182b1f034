import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { freePortVariables } from '../harness/free-port.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-dev-tls-'));
after(() => rmSync(folder, { recursive: true }));

/** An upstream that nobody dials here, so that no engine has to start. */
const UPSTREAM = { PRISM_UPSTREAM: 'realtime', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };

/** The status of a GET by a client that trusts `certificatePem` alone. */
function statusOf(url: string, certificatePem: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ca: certificatePem }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });
}

/** Starts the command with TLS and waits until it says that it is ready. */
async function serve(cachePath: string): Promise<{ prism: PrismProcess; healthUrl: string }> {
  const { prism, url } = await PrismProcess.serve({
    ...UPSTREAM,
    PRISM_DEV_TLS: 'true',
    XDG_CACHE_HOME: cachePath,
  });
  return { prism, healthUrl: `https://localhost:${new URL(url).port}/healthz` };
}

suite('TLS for development', () => {
  test('[TLS1] [TLS2] a client that trusts the printed certificate gets in, after a restart too', async () => {
    const first = await serve(folder);
    const path = /NODE_EXTRA_CA_CERTS=(\S+)/.exec(first.prism.output)?.[1] ?? '';
    assert.equal(path, join(folder, 'prism', 'tls', 'localhost.pem'));
    assert.match(first.prism.output, /Playground {2}https:\/\/localhost:\d+/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const pem = readFileSync(path, 'utf8');
    assert.equal(await statusOf(first.healthUrl, pem), 200);
    assert.equal(await first.prism.stop(), 0);

    const second = await serve(folder);
    assert.equal(readFileSync(path, 'utf8'), pem);
    assert.equal(await statusOf(second.healthUrl, pem), 200);
    assert.equal(await second.prism.stop(), 0);
  });

  test('[TLS3] settings that contradict each other end the start with what to do', async () => {
    const filePath = join(folder, 'a-file');
    writeFileSync(filePath, '');
    const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ PRISM_TLS_CERT: filePath }, /tls\.cert and tls\.key belong together/],
      [{ PRISM_DEV_TLS: '1', PRISM_TLS_KEY: filePath }, /unset it, or tls\.cert and tls\.key/],
      [{ PRISM_DEV_TLS: '1', XDG_CACHE_HOME: filePath }, /can't be kept in .*set XDG_CACHE_HOME/],
      [{ PRISM_DEV_TLS: 'perhaps' }, /^prism: PRISM_DEV_TLS: /],
    ];
    for (const [environment, expected] of cases) {
      const prism = PrismProcess.run(['serve'], {
        ...UPSTREAM,
        ...(await freePortVariables()),
        ...environment,
      });
      assert.equal(await prism.exitCode(), 1, prism.output);
      assert.match(prism.errorOutput, expected);
      assert.equal(prism.errorOutput.trim().split('\n').length, 1);
    }
  });

  test('[TLS1] --dev-tls is a flag without a value', async () => {
    const prism = PrismProcess.run(['config', '--dev-tls'], { HOME: folder });
    assert.equal(await prism.exitCode(), 0);
    assert.match(prism.output, /^tls\.dev +true +flag *$/m);
  });
});
