import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { StorageThread } from '@prism/server/internal';
import { BillingUpstream } from '../harness/billing-upstream.ts';
import { eventually } from '../harness/eventually.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { usageOf } from '../harness/usage-answer.ts';

const WRITER_PATH = new URL('../harness/ledger-writer.js', import.meta.url).pathname;

/** Asks for a response and waits until it is done. */
async function turn(client: SocketClient): Promise<void> {
  const before_ = client.events.filter(({ type }) => type === 'response.done').length;
  client.send({ type: 'response.create' });
  await eventually(
    'response.done',
    () => client.events.filter(({ type }) => type === 'response.done').length > before_,
  );
}

suite('the ledger outlives its process', () => {
  let folderPath: string;

  before(() => {
    folderPath = mkdtempSync(join(tmpdir(), 'prism-ledger-'));
  });
  after(() => rmSync(folderPath, { recursive: true }));

  test('[USE9] what was written is there after kill -9 of whoever writes', async () => {
    const path = join(folderPath, 'killed.sqlite');
    let written = 0;
    for (const count of [30, 1, 57]) {
      const writer = spawn(process.execPath, [WRITER_PATH, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      writer.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (output.split('\n').length > count) writer.kill('SIGKILL');
      });
      const [, signal] = (await once(writer, 'close')) as [unknown, string];
      assert.equal(signal, 'SIGKILL');
      written += output.split('\n').length - 1;
      const store = await StorageThread.open(path);
      const [totals] = await store.totals({ fromMs: 0, toMs: 3_600_000, groupBy: [], countMax: 1 });
      await store.close();
      // The last one may have been written and not said.
      assert.ok(totals !== undefined && totals.costMicroUsd >= written, `${written} written`);
      assert.ok(totals.costMicroUsd <= written + 1);
      written = totals.costMicroUsd;
    }
  });

  test('[USE9] [USE14] a server that is killed goes on with its usage and its budgets', async (t) => {
    const upstream = await BillingUpstream.start(() => 100);
    const env = {
      PRISM_STORAGE_PATH: join(folderPath, 'server.sqlite'),
      PRISM_UPSTREAM: 'openai',
      OPENAI_API_KEY: 'sk-test-upstream',
      OPENAI_BASE_URL: upstream.fake.baseUrl,
      PRISM_BUDGETS: '[{"scope":"server","period":"month","tokens":1000}]',
      PRISM_BUDGET_TURN_TOKENS: '100',
    };
    const first = await PrismProcess.serve(env);
    t.after(async () => {
      await first.prism.stop('SIGKILL');
      await upstream.fake.close();
    });
    const client = await SocketClient.open(first.url, '/v1/realtime');
    for (let count = 0; count < 6; count += 1) await turn(client);
    const [seen] = await usageOf(first.url);
    assert.equal(seen?.tokens['total'], 600);
    await first.prism.stop('SIGKILL');

    const second = await PrismProcess.serve(env);
    t.after(async () => second.prism.stop());
    const [kept] = await usageOf(second.url);
    assert.equal(kept?.tokens['total'], 600);
    assert.equal(kept.responses, 6);
    const next = await SocketClient.open(second.url, '/v1/realtime');
    for (let count = 0; count < 4; count += 1) await turn(next);
    await eventually('end of the session', () => next.close);
    assert.equal(upstream.billedTokens, 1_000);
    const refused = await SocketClient.refused(second.url, '/v1/realtime');
    assert.deepEqual([refused.status, refused.code], [429, 'budget_exceeded']);

    for (const args of [['--url', second.url], []]) {
      const command = PrismProcess.run(['usage', '--json', '--group-by', 'model', ...args], env);
      assert.equal(await command.exitCode(), 0, command.errorOutput);
      const { data } = JSON.parse(command.output) as { data: { tokens: { total: number } }[] };
      assert.equal(
        data.reduce((sum, row) => sum + row.tokens.total, 0),
        1_000,
      );
    }
    const table = PrismProcess.run(['usage'], env);
    assert.equal(await table.exitCode(), 0);
    const lines = table.output.trim().split('\n');
    assert.match(lines[2] ?? '', /^day +sessions +responses +tokens/);
    assert.match(lines[3] ?? '', /^\d{4}-\d\d-\d\d +2 +10 +1000 /);
    const wrong = PrismProcess.run(['usage', '--group-by', 'colour'], env);
    assert.equal(await wrong.exitCode(), 1);
    assert.match(wrong.errorOutput, /group_by/);
  });
});

suite('reconciliation with the built-in engine', () => {
  let server: PrismUnderTest;

  before(async () => {
    server = await startPrism({ upstreamKind: 'engine' });
  });
  after(async () => server.prism.close());

  test('[USE1] [USE10] the sums of the ledger are those that the upstream reported', async () => {
    const told: Record<string, number>[] = [];
    for (const model of ['gpt-realtime-2.1', 'prism-engine']) {
      const client = await SocketClient.open(server.url, `/v1/realtime?model=${model}`);
      for (const text of ['Hello.', 'What can you do?']) {
        client.send({
          type: 'conversation.item.create',
          item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
        });
        await turn(client);
      }
      for (const event of client.events) {
        if (event['type'] !== 'response.done') continue;
        const { usage } = event['response'] as { usage: Record<string, number> };
        told.push(usage);
      }
      client.socket.close();
    }
    await eventually('end of all sessions', () => server.liveCalls() === 0);
    const sum = (name: string): number =>
      told.reduce((total, usage) => total + (usage[name] ?? 0), 0);
    const [all] = await usageOf(server.url);
    assert.equal(all?.responses, 4);
    assert.equal(all.sessions, 2);
    assert.equal(all.tokens['total'], sum('total_tokens'));
    const { tokens } = all;
    assert.equal((tokens['text_in'] ?? 0) + (tokens['audio_in'] ?? 0), sum('input_tokens'));
    assert.equal(all.estimated, 0);
    const byModel = await usageOf(server.url, '?group_by=model');
    const costs = new Map(byModel.map(({ group, cost_usd: cost }) => [group['model'], cost]));
    assert.equal(costs.get('prism-engine'), 0);
    assert.ok((costs.get('gpt-realtime-2.1') ?? 0) > 0);
  });
});
