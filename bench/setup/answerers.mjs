// Who answers the offers of bench/setup: Prism, and what others make, in processes of their own. Each is
// `{ name, version, prepare(), answer({ path, headers, body }), hangUp(), address, stop() }` or `{ name, problem }`;
// `answer` gives `{ status, body }`.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { startAiortcBridge } from '../peers/aiortc/start-bridge.mjs';
import { startJanus } from '../peers/janus/start-janus.mjs';

const nothing = async () => undefined;
/** Nobody listens there: the bridge is to answer and do no more. */
const NO_UPSTREAM = 'http://127.0.0.1:9';

function overHttp(url) {
  return async ({ path, headers, body }) => {
    const own = { ...headers, host: new URL(url).host, origin: url };
    const request = httpRequest(url + path, { method: 'POST', headers: own });
    request.end(body);
    const [answer] = await once(request, 'response');
    let text = '';
    for await (const chunk of answer) text += chunk;
    return { status: answer.statusCode, body: text };
  };
}

async function prism() {
  const { prism: process, url } = await PrismProcess.serve();
  return { answer: overHttp(url), stop: () => process.stop() };
}

async function aiortc() {
  const bridge = await startAiortcBridge(NO_UPSTREAM);
  return bridge.problem === undefined ? { ...bridge, answer: overHttp(bridge.url) } : bridge;
}

async function janus() {
  const server = await startJanus();
  if (server.problem !== undefined) return server;
  const answer = async ({ body }) => ({ status: 201, body: await server.answer(String(body)) });
  return { ...server, answer };
}

const STARTERS = { prism, aiortc, janus };
export const ANSWERER_NAMES = Object.keys(STARTERS);

export async function startAnswerer(name) {
  return { name, version: '', prepare: nothing, hangUp: nothing, ...(await STARTERS[name]()) };
}
