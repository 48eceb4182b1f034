import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { DoctorReport } from '@prism/server';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { freePortVariables, freeTcpPort } from '../harness/free-port.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const KEY = 'sk-doctor-very-secret';
const folder = mkdtempSync(join(tmpdir(), 'prism-doctor-'));
after(() => rmSync(folder, { recursive: true }));

interface Examined {
  readonly exitCode: number | null;
  readonly report: DoctorReport;
  readonly text: string;
}

async function doctor(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Examined> {
  const prism = PrismProcess.run(['doctor', '--json', ...args], env);
  const exitCode = await prism.exitCode();
  assert.equal(prism.errorOutput, '');
  return { exitCode, report: JSON.parse(prism.output) as DoctorReport, text: prism.output };
}

function stateOf({ report }: Examined, id: string): string | undefined {
  return report.checks.find((check) => check.id === id)?.state;
}

function seenBy({ report }: Examined, id: string): string {
  return report.checks.find((check) => check.id === id)?.seen ?? '';
}

function upstreamEnv(upstream: FakeUpstream): Record<string, string> {
  return {
    PRISM_UPSTREAM: 'realtime',
    OPENAI_BASE_URL: upstream.baseUrl,
    OPENAI_API_KEY: KEY,
    XDG_CACHE_HOME: folder,
  };
}

async function startEnv(upstream: FakeUpstream): Promise<Record<string, string>> {
  return { ...upstreamEnv(upstream), ...(await freePortVariables()) };
}

/** The anchors of the guide's headings. */
function guideAnchors(): ReadonlySet<string> {
  const require = createRequire(import.meta.url);
  const rootPath = join(require.resolve('@prism/server/package.json'), '..', '..', '..');
  const guide = readFileSync(join(rootPath, 'docs/guides/doctor.md'), 'utf8');
  const headings = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function assertExplained({ report }: Examined): void {
  const anchors = guideAnchors();
  for (const { docs, state, advice, name } of report.checks) {
    const [path, anchor = ''] = docs.split('#');
    assert.equal(path, 'docs/guides/doctor.md');
    assert.ok(anchors.has(anchor), `the guide has no section for ${name}`);
    if (state === 'warn' || state === 'fail') assert.match(advice ?? '', /^.+\.$/, name);
  }
}

suite('prism doctor before a start', () => {
  test('[DOC1] [DOC3] [DOC4] [DOC13] [DOC20] [DOC21] all well: code 0, nothing left behind, no secret told', async (t) => {
    const upstream = await FakeUpstream.start();
    t.after(() => upstream.close());
    const env = await startEnv(upstream);
    for (const run of [1, 2]) {
      const examined = await doctor(['--dev-tls'], env);
      const { report } = examined;
      assert.equal(examined.exitCode, 0, `run ${run}: ${examined.text}`);
      assert.deepEqual([report.format, report.mode, report.counts.fail], [1, 'start', 0]);
      for (const id of ['http-port', 'media-tcp', 'upstream-connection', 'upstream-session'])
        assert.equal(stateOf(examined, id), 'ok', id);
      assert.match(seenBy(examined, 'upstream-session'), /model fake$/);
      assert.doesNotMatch(examined.text, /very-secret/);
      assertExplained(examined);
    }
    assert.deepEqual(readdirSync(folder), []);
    await eventually('closed sessions', () =>
      upstream.sessions.every(({ closeCode }) => closeCode === 1000),
    );
    assert.equal(upstream.sessions.length, 2);
    assert.equal(upstream.sessions[0]?.request.headers.authorization, `Bearer ${KEY}`);
  });

  test('[DOC8] [DOC20] busy ports fail with what to do: code 1', async (t) => {
    const upstream = await FakeUpstream.start();
    t.after(() => upstream.close());
    const server = createServer();
    server.listen(0, 'localhost');
    const socket = createSocket('udp4');
    socket.bind(0);
    t.after(() => {
      server.close();
      socket.close();
    });
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const examined = await doctor(
      ['--port', String(address.port), '--media-port', String(socket.address().port)],
      await startEnv(upstream),
    );
    assert.equal(examined.exitCode, 1);
    assert.deepEqual(
      ['http-port', 'media-udp', 'media-tcp', 'upstream-session'].map((id) =>
        stateOf(examined, id),
      ),
      ['fail', 'fail', 'ok', 'ok'],
    );
    assert.match(seenBy(examined, 'http-port'), /taken by another program/);
    assertExplained(examined);
  });

  test('[DOC4] [DOC13] a key that the upstream refuses is told without being shown', async (t) => {
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}.` } });
    const upstream = await FakeUpstream.start({ refusal: { status: 401, body } });
    t.after(() => upstream.close());
    const examined = await doctor([], await startEnv(upstream));
    assert.equal(examined.exitCode, 1);
    assert.equal(stateOf(examined, 'upstream-session'), 'fail');
    assert.match(seenBy(examined, 'upstream-session'), /HTTP 401: Incorrect API key provided/);
    assert.doesNotMatch(examined.text, /very-secret/);
  });

  test('[DOC2] [DOC13] a server that is not there stops the steps after it', async () => {
    const port = await freeTcpPort();
    const upstream = await FakeUpstream.start();
    const env = { ...(await startEnv(upstream)), OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
    await upstream.close();
    const examined = await doctor([], env);
    assert.match(seenBy(examined, 'upstream-connection'), /ECONNREFUSED/);
    assert.equal(stateOf(examined, 'upstream-session'), 'skipped');
  });

  test('[DOC14] the engine answers where nothing else is set, in lines for people', async () => {
    const prism = PrismProcess.run(['doctor'], await freePortVariables());
    assert.equal(await prism.exitCode(), 0, prism.output);
    assert.match(prism.output, /^ {2}ok {4}Built-in engine {7}started in \d+ ms, a session in /m);
    assert.match(
      prism.output,
      /\nPrism can start here.*\(\d+ ok, \d+ to look at, 0 failed, \d+ skipped\)\n$/,
    );
    assert.ok(!prism.output.includes('\u001b'));
  });

  test('[DOC5] [DOC20] broken settings fail by themselves; options that are none have code 2', async () => {
    const broken = await doctor(['--port', 'eighty']);
    assert.deepEqual([broken.exitCode, stateOf(broken, 'settings')], [1, 'fail']);
    assert.equal(stateOf(broken, 'http-port'), undefined);
    for (const args of [
      ['--nonsense'],
      ['--url', 'ftp://a'],
      ['--url', 'http://u:p@a'],
      ['--key', 'k'],
      ['--url', 'http://a', '--origin', 'a'],
    ]) {
      const prism = PrismProcess.run(['doctor', ...args]);
      assert.equal(await prism.exitCode(), 2, args.join(' '));
      assert.notEqual(prism.errorOutput, '');
    }
  });
});

suite('prism doctor and a running server', () => {
  test('[DOC3] [DOC17] [DOC18] [DOC19] a server that works: calls over UDP and TCP, hung up again', async (t) => {
    const upstream = await FakeUpstream.start();
    t.after(() => upstream.close());
    const { prism, url } = await PrismProcess.serve({
      ...upstreamEnv(upstream),
      PRISM_API_KEYS: 'server-key-of-the-test',
      PRISM_ALLOWED_ORIGINS: 'https://app.example.com',
    });
    t.after(() => prism.stop());
    const args = ['--url', url, '--origin', 'https://app.example.com'];
    const examined = await doctor([...args, '--key', 'server-key-of-the-test']);
    assert.equal(examined.exitCode, 0, examined.text);
    assert.doesNotMatch(examined.text, /server-key-of-the-test/);
    for (const id of [
      'health',
      'readiness',
      'version',
      'cors',
      'websocket',
      'call-udp',
      'call-tcp',
    ])
      assert.equal(stateOf(examined, id), 'ok', `${id}: ${seenBy(examined, id)}`);
    for (const id of ['call-udp', 'call-tcp']) {
      const figures = examined.report.checks.find((check) => check.id === id)?.figures ?? {};
      assert.ok((figures['packetsSent'] ?? 0) >= 25, JSON.stringify(figures));
      for (const name of ['answeredMs', 'connectedMs', 'channelMs', 'sessionMs', 'reportMs'])
        assert.ok((figures[name] ?? 0) > 0, name);
    }
    assertExplained(examined);
    await eventually('ended sessions', () =>
      upstream.sessions.every(({ closeCode }) => closeCode !== undefined),
    );
    assert.equal(upstream.sessions.length, 3);

    const wrong = await doctor([...args, '--key', 'another-key']);
    assert.equal(wrong.exitCode, 1);
    assert.equal(seenBy(wrong, 'version'), 'it refuses the key');
    assert.equal(stateOf(wrong, 'call-udp'), 'skipped');
    const foreign = await doctor(['--url', url, '--origin', 'https://other.example.com'], {
      PRISM_API_KEYS: 'server-key-of-the-test',
    });
    assert.deepEqual(
      ['version', 'cors', 'call-tcp'].map((id) => stateOf(foreign, id)),
      ['ok', 'fail', 'ok'],
    );
    await prism.stop();
    const gone = await doctor(args);
    assert.deepEqual([stateOf(gone, 'health'), stateOf(gone, 'call-udp')], ['fail', 'skipped']);
  });

  test('[DOC19] TCP that is off, and an upstream that refuses', async (t) => {
    const body = JSON.stringify({ error: { message: 'Incorrect API key.' } });
    const upstream = await FakeUpstream.start({ refusal: { status: 401, body } });
    t.after(() => upstream.close());
    const { prism, url } = await PrismProcess.serve({
      ...upstreamEnv(upstream),
      PRISM_MEDIA_TCP: 'false',
    });
    t.after(() => prism.stop());
    const refused = await doctor(['--url', url]);
    assert.match(seenBy(refused, 'call-udp'), /but: The upstream answered HTTP 401/);
    assert.equal(stateOf(refused, 'call-tcp'), 'skipped');
    await prism.stop();
  });
});
