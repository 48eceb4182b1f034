import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { startPrismOnFakeUpstream } from '../harness/prism-on-fake-upstream.ts';
import { OBSERVABILITY_PATH, Prometheus, promtool } from '../harness/prometheus.ts';
import { SocketClient } from '../harness/socket-client.ts';

suite('Prometheus', () => {
  test('[MET10] promtool takes rules and configuration, and refuses broken ones', async () => {
    const rulesPath = join(OBSERVABILITY_PATH, 'prism-alerts.yml');
    assert.match(await promtool('check', 'rules', rulesPath), /SUCCESS: \d+ rules found/);
    await promtool('check', 'config', join(OBSERVABILITY_PATH, 'prometheus.yml'));
    const folderPath = mkdtempSync(join(tmpdir(), 'prism-rules-'));
    try {
      const brokenPath = join(folderPath, 'broken.yml');
      writeFileSync(brokenPath, readFileSync(rulesPath, 'utf8').replace('== 0', '== = 0'));
      await assert.rejects(promtool('check', 'rules', brokenPath));
    } finally {
      rmSync(folderPath, { recursive: true });
    }
  });

  test('[MET10] Prometheus reads a running server with a key and answers a query about it', async () => {
    const server = await startPrismOnFakeUpstream({ apiKeys: 'key' });
    const config = readFileSync(join(OBSERVABILITY_PATH, 'prometheus.yml'), 'utf8')
      .replace('prism-alerts.yml', join(OBSERVABILITY_PATH, 'prism-alerts.yml'))
      .replace(/ {4}# authorization:\n {4}# .*\n/, '    authorization: { credentials: key }\n')
      .replace('127.0.0.1:8080', new URL(server.url).host)
      .replaceAll('15s', '250ms');
    const prometheus = await Prometheus.start(config);
    try {
      const headers = { authorization: 'Bearer key' };
      const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
      await eventually('session.created', () => client.eventOf('session.created'));
      const bySum = await eventuallyAsync('a live session in Prometheus', async () => {
        const result = await prometheus.query('sum by (state) (prism_sessions) > 0', 'state');
        return result !== undefined && result.size > 0 ? result : undefined;
      });
      assert.deepEqual([...bySum], [['live', 1]]);
      assert.deepEqual([...((await prometheus.query('up', 'job')) ?? [])], [['prism', 1]]);
    } finally {
      await prometheus.stop();
      await server.close();
    }
  });
});
