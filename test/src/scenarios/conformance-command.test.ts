import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createEngine, type Engine } from '@prism/engine';
import { freeTcpPort } from '../harness/free-port.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-conformance-'));
let engine: Engine;
before(async () => {
  engine = await createEngine({ voice: null });
});
after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
  readonly error: string;
}

async function conformance(...args: readonly string[]): Promise<Ended> {
  const prism = PrismProcess.run(['conformance', ...args]);
  const exitCode = await prism.exitCode();
  return { exitCode, lines: prism.output.trimEnd().split('\n'), error: prism.errorOutput };
}

suite('prism conformance', () => {
  test('[KIT7] [KIT8] [KIT9] a server that keeps the rules: a line each, the counts, code 0, a JUnit file', async () => {
    const junitPath = join(folder, 'report.xml');
    const { exitCode, lines } = await conformance(
      engine.url,
      '--allow-unauthenticated',
      '--group',
      'connection',
      'items',
      '--junit',
      junitPath,
    );
    assert.equal(exitCode, 0, lines.join('\n'));
    assert.match(lines.at(-1) ?? '', /^\d+ passed, 0 failed, \d+ skipped$/);
    assert.ok(lines.some((line) => line.startsWith('✔ items.create.echo-previous-item-id  ')));
    const skipped = lines.find((line) => line.startsWith('– connection.missing-key.refused'));
    assert.match(skipped ?? '', /\(a server that asks for a key: --allow-unauthenticated\)$/);
    const xml = readFileSync(junitPath, 'utf8');
    assert.match(xml, /<testsuite name="connection" /);
    assert.match(xml, /<testsuite name="items" /);
  });

  test('[KIT4] [KIT9] a server that lets in who has no key fails, unless that is meant: code 1', async () => {
    const { exitCode, lines } = await conformance(
      engine.url,
      '--only',
      'connection.missing-key',
      '--timeout-ms',
      '300',
    );
    assert.equal(exitCode, 1);
    const text = lines.join('\n');
    assert.match(text, /^✗ connection\.missing-key\.refused/m);
    assert.match(text, /^ {4}expected {3}HTTP 401 or a close with 3000$/m);
    assert.match(text, /^ {4}reference {2}/m);
    assert.match(lines.at(-1) ?? '', /^\d passed, \d failed, 0 skipped$/);
  });

  test('[KIT9] where no server is, one line says so, and the code is 2', async () => {
    const port = await freeTcpPort();
    const absent = await conformance(`http://127.0.0.1:${port}`);
    assert.equal(absent.exitCode, 2);
    assert.match(absent.error, /^prism: http:\S+: nothing answers there: .*ECONNREFUSED.*\n$/);
    const scheme = await conformance('ftp://example.com');
    assert.equal(scheme.exitCode, 2);
    assert.match(scheme.error, /'ftp:' is no scheme/);
  });

  test('[KIT8] the JSON report is the whole output', async () => {
    const { exitCode, lines } = await conformance(
      engine.url,
      '--only',
      'session.created',
      '--without',
      'audio-output',
      '--json',
    );
    assert.equal(exitCode, 0, lines.join('\n'));
    const report: unknown = JSON.parse(lines.join('\n'));
    assert.ok(typeof report === 'object' && report !== null);
    assert.ok('failed' in report && 'skipped' in report);
    assert.deepEqual([report.failed, report.skipped], [0, 1]);
  });

  test('[KIT11] assertions are listed and chosen, and a wrong name names the right ones', async () => {
    const all = await conformance('--list');
    assert.equal(all.exitCode, 0);
    const count = Number(/^(\d+) assertions$/.exec(all.lines.at(-1) ?? '')?.[1]);
    assert.ok(count >= 150);
    assert.equal(all.lines.length, count + 1);
    const some = await conformance('--list', '--group', 'truncation');
    assert.ok(some.lines.slice(0, -1).every((line) => line.startsWith('truncation.')));
    assert.ok(some.lines.length > 1);
    const group = await conformance(engine.url, '--group', 'nothing');
    assert.deepEqual(
      [group.exitCode, /there are connection, session,/.test(group.error)],
      [1, true],
    );
    const only = await conformance(engine.url, '--only', 'items.nothing');
    assert.match(only.error, /no assertion is left/);
    const without = await conformance(engine.url, '--without', 'nothing');
    assert.match(without.error, /'nothing' is no capability; there are websocket-handshake,/);
  });

  test('[KIT12] a recording that cannot be used is refused with the reason', async () => {
    const path = join(folder, 'speech.wav');
    writeFileSync(path, 'no recording');
    const { exitCode, error } = await conformance(engine.url, '--speech', path);
    assert.equal(exitCode, 1);
    assert.match(error, /it is no WAV file\.$/m);
  });
});
