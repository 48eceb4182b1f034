// Which clients can talk to Prism, and how: `node bench/interop/run.mjs [--json] [--write]`, or `npm run interop`.
//
// Every client calls a Prism of its own process with a scripted upstream: it sends a tone, asks for an answer over its
// data channel, and listens. A cell is `yes` when it connected, a second of its sound arrived upstream, twenty packets
// of the answer's tone were heard and the events of the answer came; else what was missing, or why it was not tried.
// Between client and server stands a page of ours that narrows what they tell each other: `TCP` takes the UDP
// candidates out of the answer, `G.711` takes Opus out of the offer. For `TURN` the client may use a relay alone, coturn
// on this machine, with the credentials that Prism gives. `--write` puts the table into
// docs/reference/interop.md.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { hasCommand } from '../../scripts/debian-packages.mjs';
import { Coturn } from '../../test/dist/harness/coturn.js';
import { eventually } from '../../test/dist/harness/eventually.js';
import { FakeUpstream } from '../../test/dist/harness/fake-upstream.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';
import { readOptions } from '../options.mjs';
import { tone } from './tone.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const PAGE = new URL('../../docs/reference/interop.md', import.meta.url);
const CLIENT_TIMEOUT_MS = 25_000;
const ANSWER_SAMPLES = 24_000;
const SENT_SAMPLES_MIN = 12_000;
const HEARD_MIN = 20;

const NO_TCP = 'the client has no ICE-TCP';
const NO_TURN = 'not tried: the client here asks for no relay';
const CLIENTS = [
  { name: 'Chromium', script: 'chromium-client.mjs', without: {} },
  {
    name: 'GStreamer webrtcbin',
    script: 'gstreamer-client.py',
    without: { TURN: NO_TURN, 'G.711': 'not tried: the pipeline sends Opus alone' },
  },
  { name: 'aiortc', script: 'aiortc-client.py', without: { TCP: NO_TCP, TURN: NO_TURN } },
  {
    name: 'werift',
    script: 'werift-client.mjs',
    without: { TCP: NO_TCP, TURN: NO_TURN, 'G.711': 'not tried: the client sends Opus alone' },
  },
  {
    name: 'node-datachannel',
    script: 'node-datachannel-client.mjs',
    without: { TCP: NO_TCP, TURN: NO_TURN, 'G.711': 'not tried: the client sends Opus alone' },
  },
  {
    name: 'Janus',
    without: {
      UDP: 'not tried: as a client it only plays into a room, without a data channel',
      TCP: 'as UDP',
      TURN: 'as UDP',
      'G.711': 'as UDP',
    },
  },
];

const same = (sdp) => sdp;
const WAYS = {
  UDP: { editOffer: same, editAnswer: same },
  TCP: {
    editOffer: (sdp) => sdp.replace(/^a=candidate:\S+ \d+ udp .*\r?\n/gim, ''),
    editAnswer: (sdp) => sdp.replace(/^a=candidate:\S+ \d+ udp .*\r?\n/gim, ''),
  },
  TURN: { editOffer: same, editAnswer: same },
  'G.711': { editOffer: withoutOpus, editAnswer: same },
};

/** Leaves payload types 0 and 8 in the audio section. */
function withoutOpus(sdp) {
  return sdp.replace(/^m=audio .*\r\n(?:[^m].*\r\n)*/m, (section) => {
    const isKept = (format) => format === '0' || format === '8';
    return section
      .replace(/^(m=audio \d+ \S+) (.*)$/m, (line) => {
        const [kind, port, protocol, ...formats] = line.split(' ');
        return [kind, port, protocol, ...formats.filter(isKept)].join(' ');
      })
      .replace(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) .*\r\n/gm, (line, format) =>
        isKept(format) ? line : '',
      );
  });
}

/** A door to Prism that changes offers and answers on their way. */
async function openGate(prismUrl) {
  const gate = { way: WAYS.UDP, url: '', answer: '' };
  const pass = async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const isCall = request.method === 'POST' && request.url === '/v1/realtime/calls';
    const body = Buffer.concat(chunks).toString();
    const answer = await fetch(prismUrl + request.url, {
      method: request.method,
      headers: isCall ? { 'content-type': 'application/sdp' } : {},
      body: isCall ? gate.way.editOffer(body) : undefined,
    });
    const text = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? 'text/plain';
    response.writeHead(answer.status, {
      'content-type': type,
      location: answer.headers.get('location') ?? '',
    });
    if (isCall) gate.answer = text.toString();
    response.end(isCall && answer.ok ? gate.way.editAnswer(text.toString()) : text);
  };
  const server = createServer((request, response) => void pass(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  gate.url = `http://localhost:${server.address().port}`;
  return gate;
}

/** Runs one client and answers what it told. */
async function runClient(script, url, wayName) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const command = script.endsWith('.py') ? '/usr/bin/python3' : process.execPath;
  const child = spawn(command, [path, url, wayName], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (errors += String(data)));
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_TIMEOUT_MS);
  const exitCode = await new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', resolve);
  });
  clearTimeout(timer);
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line !== undefined) return JSON.parse(line);
  const lastWords = errors.trim().split('\n').at(-1);
  return { error: `ended with ${exitCode}: ${lastWords}` };
}

function verdict(told, sentSamples) {
  if (told.error !== undefined) {
    const [, code] = /"code":"(\w+)"/.exec(told.error) ?? [];
    return `no: ${code === undefined ? told.error.slice(0, 160) : `refused with \`${code}\``}`;
  }
  const missing = [];
  if (!told.connected) missing.push('no connection');
  if (sentSamples < SENT_SAMPLES_MIN) missing.push('no audio from the client');
  if (told.heard < HEARD_MIN) missing.push('no audio to the client');
  if (!told.events.includes('output_audio_buffer.stopped')) missing.push('no events');
  return missing.length === 0 ? 'yes' : `no: ${missing.join(', ')}`;
}

async function runCell(client, wayName, { gate, upstream }) {
  const reason = client.without[wayName];
  if (reason !== undefined) return { verdict: reason };
  if (wayName === 'TURN' && !hasCommand('turnserver'))
    return { verdict: 'coturn is not installed' };
  gate.way = WAYS[wayName];
  const known = upstream.sessions.length;
  const isAsked = () =>
    upstream.sessions[known]?.events.some(({ type }) => type === 'response.create');
  const answering = eventually('the question', isAsked, CLIENT_TIMEOUT_MS).then(
    () => upstream.sessions[known].answer(tone(ANSWER_SAMPLES)),
    () => undefined,
  );
  const told = await runClient(client.script, gate.url, wayName);
  await Promise.race([answering, new Promise((resolve) => setTimeout(resolve, 100))]);
  const sentSamples = upstream.sessions[known]?.appendedSamples ?? 0;
  const hasTcp = /^a=candidate:\S+ \d+ tcp /im.test(gate.answer);
  if (wayName === 'TCP' && !hasTcp) return { verdict: 'no: the answer has no TCP candidate', told };
  return { verdict: verdict(told, sentSamples), sentSamples, told };
}

function tableOf(results) {
  const heads = Object.keys(WAYS);
  const lines = results.map(({ client, version, cells }) => {
    const row = heads.map((head) => cells[head].verdict.replaceAll('|', '/').replaceAll('\n', ' '));
    return `| ${client} | ${version} | ${row.join(' | ')} |`;
  });
  return [
    `| Client | Version | ${heads.map((head) => (head === 'G.711' ? head : `Opus, ${head}`)).join(' | ')} |`,
    `|---|---|${heads.map(() => '---').join('|')}|`,
    ...lines,
  ].join('\n');
}

const TURN_SECRET = 'turn secret of this table';
const turn = hasCommand('turnserver') ? await Coturn.start(TURN_SECRET) : undefined;
const upstream = await FakeUpstream.start();
const { prism, url } = await PrismProcess.serve({
  PRISM_UPSTREAM: 'realtime',
  OPENAI_BASE_URL: upstream.baseUrl,
  OPENAI_API_KEY: 'sk-interop',
  // The tones that both sides send are alike, as an echo is.
  ...(turn === undefined ? {} : { PRISM_TURN_URLS: turn.url, PRISM_TURN_SECRET: TURN_SECRET }),
  PRISM_LOG_FORMAT: 'json',
});
const gate = await openGate(url);
const results = [];
for (const client of CLIENTS) {
  const cells = {};
  for (const wayName of Object.keys(WAYS)) {
    cells[wayName] = await runCell(client, wayName, { gate, upstream });
    if (!values.json) console.log(`${client.name}, ${wayName}: ${cells[wayName].verdict}`);
  }
  const version = cells.UDP.told?.version ?? '-';
  results.push({ client: client.name, version, cells });
}
await prism.stop();
await turn?.stop();
const table = tableOf(results);
console.log(values.json ? JSON.stringify({ node: process.version, results }) : `\n${table}`);
if (values.write) {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, page.replace(/\n\| Client [^]*$/, `\n${table}\n`));
}
process.exit(0);
