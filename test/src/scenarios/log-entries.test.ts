import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { SocketClient } from '../harness/socket-client.ts';

suite('log entries', () => {
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
