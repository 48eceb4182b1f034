// Who echoes the packets of bench/transport: each `{ version, isRemote, answer(offer), usage(), signal(), stop() }`, or
// `{ problem }`. `usage` gives microseconds of CPU so far. `isRemote` means that it has no loopback address, so that
// clients must not be bound to one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { startJanus } from '../peers/janus/start-janus.mjs';
import { cpuSeconds } from '../process-usage.mjs';
import { ask } from './ask.mjs';

const PORT = 42_170;
const WERIFT_MANIFEST = new URL('../../node_modules/werift/package.json', import.meta.url);

/** A process of our own: it is asked over IPC. */
async function forked(script, args, env) {
  const child = fork(new URL(script, import.meta.url), args, { env: { ...process.env, ...env } });
  await once(child, 'message');
  return {
    answer: (offer) => ask(child, offer, 'answer'),
    usage: async () => (await ask(child, { type: 'usage' }, 'usage')).cpuUs,
    signal: () => child.kill('SIGUSR2'),
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Its echo test. */
async function janus() {
  const server = await startJanus();
  if (server.problem !== undefined) return server;
  return {
    version: server.version,
    isRemote: true,
    answer: async ({ id, sdp }) => {
      await server.prepare();
      return { type: 'answer', id, sdp: await server.answer(sdp) };
    },
    usage: async () => cpuSeconds(server.pid) * 1e6,
    stop: async () => server.stop(),
  };
}

async function werift() {
  const { version } = JSON.parse(readFileSync(WERIFT_MANIFEST, 'utf8'));
  return { ...(await forked('serve-werift.mjs', [])), version, isRemote: true };
}

/** Starts an arm: Prism's media port or its stack alone, from a checkout, or a peer. */
export async function startEchoer({ kind, checkout }, env) {
  if (kind === 'janus') return janus();
  if (kind === 'werift') return werift();
  return forked('serve.mjs', [kind, checkout, `${PORT}`], env);
}
