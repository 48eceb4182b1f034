import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import vm from 'node:vm';
import { eventually } from '../harness/eventually.ts';
import { freeMediaPort, freeTcpPort } from '../harness/free-port.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-command-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs the command; it must end with code 1 and one line on standard error, which is answered. */
async function failure(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<string> {
  const prism = PrismProcess.run(args, environment);
  assert.equal(await prism.exitCode(), 1, prism.output);
  const lines = prism.errorOutput.trim().split('\n');
  assert.equal(lines.length, 1, prism.errorOutput);
  return lines[0] ?? '';
}

async function env(): Promise<Record<string, string>> {
  return {
    PRISM_PORT: String(await freeTcpPort()),
    PRISM_MEDIA_PORT: String(await freeMediaPort()),
    OPENAI_API_KEY: 'sk-test',
  };
}

suite('the prism command', () => {
  test('[CFG5] a port in use is named, with what to do', async () => {
    const server = createServer();
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const line = await failure(['serve'], { ...(await env()), PRISM_PORT: String(address.port) });
    assert.match(
      line,
      /^prism: Port \d+ on localhost is already in use: stop the other program or set PRISM_PORT\.$/,
    );
    server.close();
  });

  test('[CFG5] a media port in use is named, with what to do', async () => {
    const socket = createSocket('udp4');
    socket.bind(0);
    await once(socket, 'listening');
    const line = await failure(['serve'], {
      ...(await env()),
      PRISM_MEDIA_PORT: String(socket.address().port),
    });
    assert.match(line, /^prism: UDP port \d+ for media can't be opened.*set PRISM_MEDIA_PORT\.$/);
    socket.close();
  });

  test('[CFG5] unusable configuration is named, with what to do', async () => {
    const filePath = join(folder, 'prism.yaml');
    writeFileSync(filePath, 'mediaa:\n  port: 1\n');
    assert.match(
      await failure(['serve', '--config', filePath], await env()),
      /unknown key 'mediaa'\. Did you mean 'media\.\w+'\?$/,
    );
    assert.match(
      await failure(['serve', '--config', join(folder, 'none.yaml')], await env()),
      /can't be read \(ENOENT\)/,
    );
    assert.match(await failure(['serve', '--port', 'eighty'], await env()), /^prism: port: /);
    assert.match(
      await failure([], { ...(await env()), PRISM_UPSTREAM: 'realtime' }),
      /upstream\.url is not set/,
    );
  });

  test('[CFG5] a Node that is too old is told so, before anything newer is loaded', () => {
    const require = createRequire(import.meta.url);
    const binPath = join(require.resolve('@prism/server/package.json'), '..', 'bin', 'prism.js');
    const source = readFileSync(binPath, 'utf8').replace(/^#!.*\n/, '');
    let errorOutput = '';
    const exit = new Error('exit');
    const oldProcess = {
      versions: { node: '18.20.4' },
      stderr: { write: (text: string) => (errorOutput += text) },
      exit: (code: number) => {
        assert.equal(code, 1);
        throw exit;
      },
    };
    assert.throws(() => vm.runInNewContext(source, { process: oldProcess }), exit);
    assert.equal(errorOutput, 'prism: Node 18.20.4 is too old; install Node 20.19 or newer.\n');
  });

  test('[CFG3] the effective configuration is printed with its origins and without secrets', async () => {
    const prism = PrismProcess.run(['config', '--port', '8123'], {
      OPENAI_API_KEY: 'sk-very-secret',
    });
    assert.equal(await prism.exitCode(), 0);
    assert.match(prism.output, /^port +8123 +flag$/m);
    assert.match(prism.output, /^upstream\.apiKey +"\[secret\]" +environment$/m);
    assert.doesNotMatch(prism.output, /very-secret/);
  });

  test('[CFG4] the start says where, which upstream and why, and ends cleanly when asked to', async () => {
    const { prism, url } = await PrismProcess.serve({ OPENAI_API_KEY: 'sk-test' });
    assert.match(prism.output, new RegExp(`Playground  ${url}`));
    assert.match(
      prism.output,
      /Upstream {4}OpenAI, model gpt-realtime-2\.1 \(OPENAI_API_KEY is set\)/,
    );
    assert.match(prism.output, /Media {7}UDP port \d+/);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.equal(await prism.stop(), 0);
  });

  test('[HTP5] beyond loopback a key is made, told once and asked for', async () => {
    const { prism, url } = await PrismProcess.serve({
      OPENAI_API_KEY: 'sk-test',
      PRISM_HOST: '0.0.0.0',
    });
    const key = /Server key {2}(prism_[\w-]+) /.exec(prism.output)?.[1];
    assert.ok(key);
    assert.equal((await fetch(`${url}/v1/prism/info`)).status, 401);
    const info = await fetch(`${url}/v1/prism/info`, {
      headers: { authorization: `Bearer ${key}` },
    });
    assert.equal(info.status, 200);
    assert.equal(
      prism.log.some((entry) => JSON.stringify(entry).includes(key)),
      false,
    );
    assert.equal(await prism.stop('SIGINT'), 0);
  });

  test('[CFG7] the engine runs by itself, and checks scenarios', async () => {
    const port = await freeTcpPort();
    const engine = PrismProcess.run(['engine', '--port', String(port)]);
    await eventually('engine', () => engine.output.includes('The engine is ready.'), 20_000);
    assert.match(
      engine.output,
      new RegExp(`ws://127\\.0\\.0\\.1:${port}/v1/realtime\\?model=prism-engine`),
    );
    assert.equal(await engine.stop(), 0);
    const simulatorPort = await freeTcpPort();
    const simulator = PrismProcess.run([
      'engine',
      '--profile',
      'simulator',
      '--port',
      String(simulatorPort),
    ]);
    await eventually(
      'simulator',
      () => simulator.output.includes('The simulator is ready.'),
      20_000,
    );
    assert.equal(await simulator.stop(), 0);
    const scenarioPath = join(folder, 'scenario.yaml');
    writeFileSync(
      scenarioPath,
      'version: 1\nintents:\n  - id: a\n    say: ["hi {who}"]\n    reply: hello\n',
    );
    const check = PrismProcess.run(['engine', 'check', scenarioPath]);
    assert.equal(await check.exitCode(), 1);
    assert.match(check.errorOutput, /line \d+: /);
  });

  test('[CFG5] help names every flag', async () => {
    const prism = PrismProcess.run(['serve', '--help']);
    assert.equal(await prism.exitCode(), 0);
    for (const flag of [
      '--port',
      '--host',
      '--media-port',
      '--upstream',
      '--model',
      '--log-level',
      '--config',
    ]) {
      assert.ok(prism.output.includes(flag), flag);
    }
  });
});
