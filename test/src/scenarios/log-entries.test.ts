import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SocketClient } from '../harness/socket-client.ts';

const ENTRY_COUNT = 60_000;

/** Logs much more than may wait while nobody reads, says so on standard error, and goes on once it is read. */
const LOUD_PROCESS = `
  const { createLogger } = await import(${JSON.stringify(import.meta.resolve('@prism/server'))});
  const logger = createLogger({ level: 'info', format: 'json' });
  for (let count = 0; count < ${ENTRY_COUNT}; count += 1) logger.info({ text: 'x'.repeat(400) }, 'entry');
  process.stderr.write('written');
  process.stdin.resume();
`;

suite('log entries', () => {
  test('[LOG6] what nobody reads waits up to a bound; beyond it entries are lost, which is counted and told', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', LOUD_PROCESS]);
    try {
      let errors = '';
      child.stderr.on('data', (data: Buffer) => {
        errors += data.toString();
      });
      await eventually('all entries', () => errors.includes('written'));
      let text = '';
      child.stdout.on('data', (data: Buffer) => {
        text += data.toString();
      });
      await eventually('an entry about the lost ones', () =>
        text.includes('log entries were lost'),
      );
      child.stdin.end();
      const exitCode = await new Promise((resolve) => child.once('close', resolve));
      assert.equal(exitCode, 0, errors);
      const lines = text.trimEnd().split('\n');
      const entries = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const written = entries.filter(({ msg }) => msg === 'entry').length;
      const lost = entries.map(({ entryCount }) => Number(entryCount ?? 0));
      const lostCount = lost.reduce((sum, count) => sum + count, 0);
      assert.equal(written + lostCount, ENTRY_COUNT);
      assert.ok(lostCount > 0 && written * 400 > 7e6, `${written} written, ${lostCount} lost`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('[LOG5] they are written soon, though nothing comes after them, and the last when the process ends', async () => {
    const { prism, url } = await PrismProcess.serve({
      PRISM_LOG_FORMAT: 'json',
      PRISM_LOG_LEVEL: 'info',
      PRISM_DRAIN_MS: '0',
    });
    const messages = (): readonly unknown[] => prism.log.map(({ msg }) => msg);
    try {
      await SocketClient.open(url, '/v1/realtime', {});
      await eventually('an entry about the call', () => messages().includes('call started'));
      assert.ok(!messages().includes('call ended'));
    } finally {
      await prism.stop();
    }
    assert.ok(messages().includes('call ended'), messages().join(', '));
  });
});
