// `npm start` as an operator uses it: arguments go through, and a signal to npm ends the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { ROOT_PATH } from '../repository.mjs';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts Prism by npm; resolves to `{ child, port, output() }` once it is ready. */
async function startPrism(t) {
  const port = await freePort();
  const args = ['start', '--', '--port', `${port}`, '--media-port', `${await freePort()}`];
  const child = spawn('npm', args, {
    cwd: ROOT_PATH,
    // A group of its own, so that nothing of it outlives a failed test.
    detached: true,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, OPENAI_API_KEY: undefined },
  });
  t.after(() => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // The group is gone, as it should be.
      assert.equal(error.code, 'ESRCH');
    }
  });
  let output = '';
  const isReady = new Promise((resolve, reject) => {
    const keep = (chunk) => {
      output += chunk;
      if (output.includes('is ready')) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('exit', () => reject(new Error(`npm start ended early:\n${output}`)));
  });
  await isReady;
  return { child, port, output: () => output };
}

describe('npm start', () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`serves on the port it is told, and ${signal} ends it`, { timeout: 40_000 }, async (t) => {
      const { child, port, output } = await startPrism(t);
      assert.match(output(), new RegExp(`http://localhost:${port}\\b`));
      const health = await fetch(`http://localhost:${port}/healthz`);
      assert.equal(health.status, 200);
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
      await assert.rejects(fetch(`http://localhost:${port}/healthz`));
    });
  }
});
