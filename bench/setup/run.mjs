// Round trips of a call's set-up: `node bench/setup/run.mjs [--rtts 0,100,200] [--calls 5] [--dcid 0] [--loss 5]
// [--servers prism,aiortc,janus] [--prepared] [--flights]
// [--json FILE]`.
//
// Chromium calls through a network that delays every datagram and every HTTP message by half the round trip. HTTP is
// warm. Counted from the request with the offer, at the client's end: until the page has read the answer, its first check
// leaves, its connection is `connected`, its first RTP packet leaves, its data channel is `open`, and the first event from
// the server is there; at the server's end: until that RTP packet arrives. Goals: 3 RTT + 30 ms to media, 4 RTT + 30 ms to the channel. The servers take turns, call by call;
// the others answer as they are installed, without an upstream. With
// `--prepared` Prism has answered the offer before the microphone is open (`?begin=when_reached`), and the clock starts
// when the page takes that answer; the others have no such thing. `--loss` loses so many percent of the datagrams, each
// way; HTTP is left alone. `--flights` prints what went over the network in the last call of each row, with the time since
// the request in round trips, as it leaves the network. The network is emulated by timers: what it was late by is told.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser } from '../../test/dist/harness/browser.js';
import { writeMicrophoneScript } from '../../test/dist/harness/microphone-script.js';
import { ImpairmentProxy } from '../../test/dist/harness/network/impairment-proxy.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { percentile, summaryOf } from '../samples.mjs';
import { ANSWERER_NAMES, startAnswerer } from './answerers.mjs';
import { Flights } from './flights.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    rtts: { type: 'string', default: '0,100,200' },
    calls: { type: 'string', default: '5' },
    servers: { type: 'string', default: ANSWERER_NAMES.join() },
    dcid: { type: 'string' },
    loss: { type: 'string', default: '0' },
    prepared: { type: 'boolean', default: false },
    flights: { type: 'boolean', default: false },
    // The name of the table in its JSON.
    table: { type: 'string', default: 'setup' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome(values.table, values.json);
const RTTS_MS = values.rtts.split(',').map(Number);
const CALL_COUNT = Number(values.calls);
const LOSS_RATIO = Number(values.loss) / 100;
/** Then a call goes without what hasn't happened. */
const CALL_MS_MAX = 15_000;
const ALL_KINDS = ['rtp', 'rtcp', 'stun', 'dtls', 'other'];
const MOMENTS = [
  'answered',
  'checkLeft',
  'connected',
  'rtpLeft',
  'rtpArrived',
  'open',
  'firstEvent',
];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One offer, half a round trip each way; the answer names the proxy in place of the server. */
async function handOn(request, response, state) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  await sleep(state.rttMs / 2);
  const { url: path } = request;
  // Without the page's own candidates: a server that reached it by them would do so around the delay.
  const body = Buffer.concat(chunks)
    .toString()
    .replace(/^a=candidate:.*\r\n/gm, '');
  const headers = { ...request.headers, 'content-length': Buffer.byteLength(body) };
  const offer = { path, headers, body: Buffer.from(body) };
  const { status, body: answer } = await state.server.answer(offer);
  const isAnswer = answer.startsWith('v=0');
  await sleep(state.rttMs / 2);
  response.writeHead(status, { 'content-type': 'application/sdp' });
  response.end(isAnswer ? state.proxy.rewriteAnswer(answer, state.server.address) : answer);
}

/** A page and the server behind one origin, with the network's delay between them. */
async function startDoor(state) {
  const server = createServer((request, response) => {
    if (!request.url.startsWith('/v1/')) {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html>');
      return;
    }
    void handOn(request, response, state);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { url: `http://localhost:${server.address().port}`, close: () => server.close() };
}

/** In the page: one call, and when what happened, in milliseconds since 1970. */
const CALL = `async ({ query, dcid, wantsEvent, isPrepared }) => {
  const now = () => performance.timeOrigin + performance.now();
  const pc = new RTCPeerConnection();
  const { sender } = pc.addTransceiver('audio');
  const channel = dcid === null
    ? pc.createDataChannel('oai-events')
    : pc.createDataChannel('oai-events', { negotiated: true, id: Number(dcid) });
  const connected = new Promise((resolve) => {
    pc.onconnectionstatechange = () => { if (pc.connectionState === 'connected') resolve(now()); };
  });
  const open = new Promise((resolve) => { channel.onopen = () => resolve(now()); });
  const firstEvent = new Promise((resolve) => { channel.onmessage = () => resolve(now()); });
  await pc.setLocalDescription();
  const offer = async () => {
    const response = await fetch('/v1/realtime/calls' + query, {
      method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription.sdp,
    });
    return response.text();
  };
  const early = isPrepared ? await offer() : undefined;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  await sender.replaceTrack(stream.getAudioTracks()[0]);
  const startAt = now();
  const answer = early ?? (await offer());
  const answeredAt = now();
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  const tooLate = new Promise((resolve) => setTimeout(resolve, ${CALL_MS_MAX}));
  const inTime = (moment) => Promise.race([moment, tooLate]);
  const times = {
    startAt, answeredAt, connected: await inTime(connected), open: await inTime(open),
    firstEvent: wantsEvent ? await inTime(firstEvent) : undefined,
  };
  await new Promise((resolve) => setTimeout(resolve, 300));
  pc.close();
  for (const track of stream.getTracks()) track.stop();
  return times;
}`;

/** One call; milliseconds since its request. */
async function call(page, state, { rttMs, seed, isShown }) {
  const flights = new Flights(rttMs / 2);
  state.rttMs = rttMs;
  state.proxy = await ImpairmentProxy.open(
    (...datagram) => flights.left(...datagram),
    (...datagram) => flights.entered(...datagram),
  );
  for (const way of ['up', 'down'])
    state.proxy.impair(way, {
      seed: 100 * seed + (way === 'up' ? 1 : 2),
      kinds: ALL_KINDS,
      delayMs: rttMs / 2,
      lossRatio: LOSS_RATIO,
    });
  await state.server.prepare();
  const isPrism = state.server.name === 'prism';
  const isPrepared = isPrism && values.prepared;
  const dcid = isPrism ? (values.dcid ?? null) : null;
  const query = new URLSearchParams({
    ...(dcid === null ? {} : { dcid }),
    ...(isPrepared ? { begin: 'when_reached' } : {}),
  });
  const asked = { query: `?${query}`, dcid, wantsEvent: isPrism, isPrepared };
  const times = await page.evaluate(`(${CALL})(${JSON.stringify(asked)})`);
  await state.server.hangUp();
  state.proxy.close();
  const { startAt } = times;
  if (isShown) {
    console.log(`${state.server.name}, round trip ${rttMs} ms:`);
    flights.print(startAt, rttMs);
  }
  const since = (at) => (at === undefined ? undefined : at - startAt);
  return {
    answered: since(times.answeredAt),
    checkLeft: since(flights.checkLeftAt),
    rtpLeft: since(flights.rtpLeftAt),
    rtpArrived: since(flights.rtpArrivedAt),
    connected: since(times.connected),
    open: since(times.open),
    firstEvent: since(times.firstEvent),
    latenessMs: percentile(flights.latenessMs, 0.5),
  };
}

const recordingPath = join(tmpdir(), `prism-bench-setup-${process.pid}.wav`);
writeMicrophoneScript(recordingPath, [{ type: 'pause', durationMs: 60_000 }]);
const started = await Promise.all(values.servers.split(',').map(startAnswerer));
const servers = started.filter(({ problem }) => problem === undefined);
for (const { name, problem } of started)
  if (problem !== undefined) console.log(`${name} left out: ${problem}`);
const state = { rttMs: 0, proxy: undefined, server: undefined };
const door = await startDoor(state);
const browser = await startBrowser(recordingPath);
const page = await browser.newPage();
await page.goto(door.url);
/** All calls of one round trip, server by server; the first call of each warms up what is made once. */
async function callAll(rttMs) {
  const callsOf = new Map(servers.map(({ name }) => [name, []]));
  for (let seed = 0; seed <= CALL_COUNT; seed += 1) {
    for (const server of servers) {
      state.server = server;
      const isShown = values.flights && seed === CALL_COUNT;
      const times = await call(page, state, { rttMs, seed, isShown });
      if (seed > 0) callsOf.get(server.name).push(times);
    }
  }
  return servers.map(({ name, version }) => ({
    rttMs,
    server: name,
    version,
    calls: callsOf.get(name),
  }));
}

const rows = [];
for (const rttMs of RTTS_MS) rows.push(...(await callAll(rttMs)));
await browser.close();
door.close();
await Promise.all(servers.map(({ stop }) => stop()));

function cell(calls, moment, rttMs) {
  const times = calls.map((moments) => moments[moment]).filter((time) => time !== undefined);
  if (times.length === 0) return '-';
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  const rtts = rttMs === 0 ? '-' : (p50 / rttMs).toFixed(2);
  return `${p50.toFixed(0)} (${rtts}) ${p95.toFixed(0)}`;
}

const since = values.prepared
  ? "the prepared answer was taken, the others' request"
  : 'the request with the offer';
console.log(`p50 ms (in round trips) p95 ms since ${since}`);
console.log(
  'at the client: answer read, first check leaves, connected, RTP leaves, channel open, first event; at the server: RTP arrives',
);
console.log(['RTT ms', 'server', ...MOMENTS, 'late by'].map((title) => title.padEnd(16)).join(' '));
for (const { rttMs, server, calls } of rows) {
  const late = percentile(
    calls.map(({ latenessMs }) => latenessMs),
    0.5,
  );
  const cells = MOMENTS.map((moment) => cell(calls, moment, rttMs));
  console.log(
    [String(rttMs), server, ...cells, `${late.toFixed(1)} ms`]
      .map((text) => text.padEnd(16))
      .join(' '),
  );
}
for (const rttMs of RTTS_MS) {
  console.log(`goals at ${rttMs} ms: media ${3 * rttMs + 30}, channel ${4 * rttMs + 30}`);
}
const summarized = rows.map(({ calls, ...row }) => ({
  ...row,
  moments: Object.fromEntries(
    MOMENTS.map((moment) => {
      const times = calls.map((moments) => moments[moment]).filter((time) => time !== undefined);
      return [moment, summaryOf(times)];
    }),
  ),
  calls,
}));
outcome.write({ isPrepared: values.prepared, lossRatio: LOSS_RATIO, rows: summarized });
