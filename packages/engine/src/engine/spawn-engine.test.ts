import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SocketClient } from '../testing-doubles/socket-client.ts';
import { spawnEngine } from './spawn-engine.ts';

test('[ENG13] a spawned engine serves its key on loopback and its end is told only if unasked', async () => {
  const reasons: string[] = [];
  const engine = await spawnEngine({ onExit: (reason) => reasons.push(reason) });
  assert.match(engine.url, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const url = `${engine.url.replace('http', 'ws')}/realtime?model=any`;
  const stranger = new SocketClient(url);
  const refused = await stranger.ended;
  assert.ok(refused.type === 'closed' && refused.code === 3000);
  const client = new SocketClient(url, {
    ws: { headers: { authorization: `Bearer ${engine.apiKey}` } },
  });
  await client.next('session.created');
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const done = await client.next('response.output_text.done');
  assert.match(String(done['text']), /script/);
  await Promise.all([engine.close(), engine.close()]);
  const end = await client.ended;
  assert.ok(end.type === 'closed' && end.code === 1001);
  assert.deepEqual(reasons, []);
});

test('[ENG13] a thread that dies is told through onExit', async () => {
  let worker: Worker | undefined;
  let engine: Awaited<ReturnType<typeof spawnEngine>> | undefined;
  const reason = new Promise<string>((resolve, reject) => {
    spawnEngine({
      onExit: resolve,
      spawnWorker: (workerData) => {
        worker = new Worker(new URL('./engine-thread.js', import.meta.url), { workerData });
        return worker;
      },
    }).then((started) => {
      engine = started;
      return worker?.terminate();
    }, reject);
  });
  assert.match(await reason, /exited/);
  await engine?.close();
});

test('[ENG13] [SCN1] a scenario with mistakes rejects with their lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-scenario-'));
  try {
    const scenarioPath = join(folder, 'broken.yaml');
    writeFileSync(scenarioPath, 'version: 1\nname: x\ngreeting: hi\nintents: []\n');
    await assert.rejects(spawnEngine({ scenarioPath }), /line 4: intents/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
