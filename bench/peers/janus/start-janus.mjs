// Starts Janus with its echo test beside Prism: `{ version, pid, address, prepare(), answer(sdp), bridge(sdp), hangUp(), stop() }`, or
// `{ problem }` where it doesn't start. `answer` is one exchange of a WebRTC offer and answer: session and handle, which
// Janus wants before it, are made by `prepare`. `bridge(sdp)` answers a call into its audio bridge, two to a room: there
// each is decoded, mixed at 24 kHz and encoded all the time.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freeTcpPort } from '../../../test/dist/harness/free-port.js';

const START_MS_MAX = 5_000;
/** A candidate that leads nowhere: without any Janus doesn't begin, and the client's own are behind its network. */
const nowhere = (address) => ({
  sdpMid: '0',
  sdpMLineIndex: 0,
  candidate: `candidate:1 1 udp 2122317823 ${address} 9 typ host`,
});

function writeConfiguration(directory, port) {
  const files = {
    'janus.jcfg': `general: { configs_folder = "${directory}"\n session_timeout = 0 }\nmedia: {}\nnat: {}\nplugins: {}\ntransports: {}\n`,
    'janus.transport.http.jcfg': `general: { http = true, https = false, port = ${port}, ip = "127.0.0.1", base_path = "/janus" }\nadmin: { admin_http = false }\n`,
    'janus.plugin.echotest.jcfg': 'general: {}\n',
    'janus.plugin.audiobridge.jcfg': 'general: {}\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

/** Janus gathers no loopback address. */
function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

export async function startJanus() {
  const address = ownAddress();
  if (address === undefined) return { problem: 'Janus needs an address that is not loopback' };
  const directory = mkdtempSync(join(tmpdir(), 'prism-bench-janus-'));
  const port = await freeTcpPort();
  writeConfiguration(directory, port);
  const child = spawn('janus', ['-F', directory], { stdio: 'ignore' });
  const failed = new Promise((resolve) => child.once('error', () => resolve(true)));
  const url = `http://127.0.0.1:${port}/janus`;
  const stop = () => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  const ask = async (path, message) => {
    const body = JSON.stringify({ ...message, transaction: 'bench' });
    const response = await fetch(url + path, { method: 'POST', body });
    return response.json();
  };
  for (const startMs = performance.now(); ; await pause(50)) {
    const info = await fetch(`${url}/info`).then(
      (response) => response.json(),
      () => undefined,
    );
    if (info !== undefined) return control({ info, address, ask, url, stop, pid: child.pid });
    const isMissing = await Promise.race([failed, pause(0, false)]);
    if (!isMissing && performance.now() - startMs < START_MS_MAX) continue;
    stop();
    return { problem: 'no Janus: apt-get install janus' };
  }
}

async function control({ info, address, ask, url, stop, pid }) {
  const session = `/${(await ask('', { janus: 'create' })).data.id}`;
  let handle;
  let bridgedCount = 0;
  return {
    version: info.version_string,
    pid,
    address,
    stop,
    async prepare() {
      const attached = await ask(session, { janus: 'attach', plugin: 'janus.plugin.echotest' });
      handle = `${session}/${attached.data.id}`;
    },
    async answer(sdp) {
      const jsep = { type: 'offer', sdp };
      await ask(handle, { janus: 'message', body: { audio: true, video: false }, jsep });
      await ask(handle, { janus: 'trickle', candidate: nowhere(address) });
      return answerTo(url + session);
    },
    async bridge(sdp) {
      const attached = await ask(session, { janus: 'attach', plugin: 'janus.plugin.audiobridge' });
      const call = `${session}/${attached.data.id}`;
      const room = 1 + Math.floor(bridgedCount / 2);
      const create = { request: 'create', room, sampling_rate: 24_000 };
      if (bridgedCount % 2 === 0) await ask(call, { janus: 'message', body: create });
      bridgedCount += 1;
      const jsep = { type: 'offer', sdp };
      await ask(call, { janus: 'message', body: { request: 'join', room }, jsep });
      await ask(call, { janus: 'trickle', candidate: nowhere(address) });
      return answerTo(url + session);
    },
    async hangUp() {
      await ask(handle, { janus: 'detach' });
    },
  };
}

/** The next answer among the events of a session. */
async function answerTo(sessionUrl) {
  for (;;) {
    const event = await (await fetch(sessionUrl)).json();
    if (event.jsep !== undefined) return event.jsep.sdp;
  }
}
