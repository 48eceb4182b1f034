// What bench/density measures: each `{ name, url, pid, candidate, ticks(), profile(action), stop() }`, the last two but
// one of Prism alone, or `{ problem }`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../test/dist/harness/free-port.js';
import { startAiortcBridge } from '../peers/aiortc/start-bridge.mjs';
import { startJanus } from '../peers/janus/start-janus.mjs';
import { startWeriftBridge } from '../peers/werift/start-bridge.mjs';
import { prismCommand } from '../prism-command.mjs';

const PRISM = prismCommand();
const TICKS = new URL('ticks.mjs', import.meta.url).href;

async function listening(child, port) {
  for (;;) {
    if (child.exitCode !== null) throw new Error('Prism ended at its start');
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** As it is served by default, with a ledger in a file. */
async function prism(upstreamUrl) {
  const { port, mediaPort } = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), 'prism-density-'));
  const child = fork(PRISM.path, ['serve'], {
    execArgv: [...PRISM.flags, '--import', TICKS],
    env: {
      PATH: process.env.PATH,
      PRISM_PORT: String(port),
      PRISM_MEDIA_PORT: String(mediaPort),
      PRISM_STORAGE_PATH: join(folder, 'ledger.sqlite'),
      PRISM_UPSTREAM: 'realtime',
      PRISM_MAX_SESSIONS: '1000',
      OPENAI_BASE_URL: upstreamUrl,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await listening(child, port);
  const ask = async (message) => {
    child.send(message);
    return (await once(child, 'message'))[0];
  };
  return {
    version: '',
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    ticks: () => ask('ticks'),
    profile: async (action) => {
      await ask('profile');
      await action();
      return ask('profiled');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/** Two calls to a room; Janus speaks no Realtime protocol, and nobody's answers come. */
async function janus() {
  const bridge = await startJanus();
  if (bridge.problem !== undefined) return bridge;
  const take = async (request, response) => {
    let offer = '';
    for await (const chunk of request) offer += chunk;
    const answer = await bridge.bridge(offer);
    response.writeHead(201, { 'content-type': 'application/sdp' }).end(answer);
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    version: bridge.version,
    pid: bridge.pid,
    url: `http://127.0.0.1:${server.address().port}`,
    isBridgeless: true,
    stop: () => {
      server.close();
      bridge.stop();
    },
  };
}

const STARTERS = {
  prism,
  aiortc: async (upstreamUrl) => ({ ...(await startAiortcBridge(upstreamUrl)), candidate: true }),
  werift: startWeriftBridge,
  janus,
};
export const SUBJECT_NAMES = Object.keys(STARTERS);

/** Starts one of them in front of the upstream. */
export async function startSubject(name, upstreamUrl) {
  return { name, candidate: false, ...(await STARTERS[name](upstreamUrl)) };
}
