// Round trips of a call's set-up: `node bench/setup/run.mjs [--rtts 0,100,200] [--calls 5] [--dcid 0] [--loss 5]
// [--flights] [--json]`.
//
// Chromium calls Prism through a network that delays every datagram and every HTTP message by half the round trip. HTTP
// is warm. Counted from the request with the offer: until the client's first RTP packet is at the server, and until
// the data channel is open in the page. Goals: 3 RTT + 30 ms and 4 RTT + 30 ms. `--loss` loses so many percent of the
// datagrams, each way; HTTP is left alone. `--flights` prints what went over the network in the last call of each row, with
// the time since the request in round trips, as it leaves the network; like packets in a row are one line.
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBrowser } from '../../test/dist/harness/browser.js';
import { writeMicrophoneScript } from '../../test/dist/harness/microphone-script.js';
import { ImpairmentProxy } from '../../test/dist/harness/network/impairment-proxy.js';
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';
import { PrismProcess } from '../../test/dist/harness/prism-process.js';

const { values } = parseArgs({
  options: {
    rtts: { type: 'string', default: '0,100,200' },
    calls: { type: 'string', default: '5' },
    dcid: { type: 'string' },
    loss: { type: 'string', default: '0' },
    flights: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const RTTS_MS = values.rtts.split(',').map(Number);
const CALL_COUNT = Number(values.calls);
const LOSS_RATIO = Number(values.loss) / 100;
const FLIGHTS_MAX = 60;
const ALL_KINDS = ['rtp', 'rtcp', 'stun', 'dtls', 'other'];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (numbers, ratio) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))];
};

const HANDSHAKE_TYPES = new Map([
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [3, 'HelloVerifyRequest'],
  [4, 'NewSessionTicket'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
]);

/** What one datagram is, DTLS by the records and messages in it (RFC 6347, section 4.1; RFC 5246, section 7.4). */
function nameOf(bytes) {
  const kind = kindOf(bytes);
  if (kind === 'stun') return bytes[0] === 0 ? 'check' : 'answer to a check';
  if (kind !== 'dtls') return kind.toUpperCase();
  const records = [];
  for (let at = 0; at + 13 < bytes.length; at += 13 + bytes.readUInt16BE(at + 11)) {
    const [type, epoch] = [bytes[at], bytes.readUInt16BE(at + 3)];
    if (type === 22) records.push(epoch === 0 ? HANDSHAKE_TYPES.get(bytes[at + 13]) : 'Finished');
    else
      records.push({ 20: 'ChangeCipherSpec', 21: 'alert', 23: 'SCTP' }[type] ?? `record ${type}`);
  }
  return [...new Set(records)].join(', ');
}

function printFlights(flights, startAt, rttMs) {
  let last = '';
  for (const { way, name, at } of flights) {
    const line = `${way === 'up' ? 'client -> Prism' : 'Prism -> client'}  ${name}`;
    if (line !== last) console.log(`    ${inRtts(at - startAt, rttMs).padStart(6)}  ${line}`);
    last = line;
  }
}

/** One request to Prism, half a round trip each way; an SDP answer names the proxy in place of Prism. */
async function handOn(request, response, { prismUrl, state }) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  await sleep(state.rttMs / 2);
  const { method, url: path, headers } = request;
  const own = { ...headers, host: new URL(prismUrl).host, origin: prismUrl };
  const upstream = httpRequest(prismUrl + path, { method, headers: own });
  upstream.end(Buffer.concat(chunks));
  const [answer] = await once(upstream, 'response');
  let body = '';
  for await (const chunk of answer) body += chunk;
  if (body.startsWith('v=0')) body = state.proxy.rewriteAnswer(body);
  await sleep(state.rttMs / 2);
  response.writeHead(answer.statusCode, { 'content-type': 'application/sdp' });
  response.end(body);
}

/** A page and Prism behind one origin, with the network's delay between them. */
async function startDoor(prismUrl, state) {
  const server = createServer((request, response) => {
    if (!request.url.startsWith('/v1/')) {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html>');
      return;
    }
    void handOn(request, response, { prismUrl, state });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { url: `http://localhost:${server.address().port}`, close: () => server.close() };
}

const CALL = `async (dcid) => {
  const pc = new RTCPeerConnection();
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  const channel = dcid === null
    ? pc.createDataChannel('oai-events')
    : pc.createDataChannel('oai-events', { negotiated: true, id: Number(dcid) });
  const opened = new Promise((resolve) => { channel.onopen = () => resolve(Date.now()); });
  await pc.setLocalDescription();
  const startAt = performance.timeOrigin + performance.now();
  const response = await fetch('/v1/realtime/calls' + (dcid === null ? '' : '?dcid=' + dcid), {
    method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription.sdp,
  });
  await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  const openAt = await opened;
  await new Promise((resolve) => setTimeout(resolve, 300));
  pc.close();
  for (const track of stream.getTracks()) track.stop();
  return { startAt, openAt };
}`;

const recordingPath = join(tmpdir(), `prism-bench-setup-${process.pid}.wav`);
writeMicrophoneScript(recordingPath, [{ type: 'pause', durationMs: 60_000 }]);
const { prism, url } = await PrismProcess.serve();
const state = { rttMs: 0, proxy: undefined };
const door = await startDoor(url, state);
const browser = await startBrowser(recordingPath);
const page = await browser.newPage();
await page.goto(door.url);
const inRtts = (ms, rttMs) => (rttMs === 0 ? '-' : (ms / rttMs).toFixed(2));
const rows = [];
for (const rttMs of RTTS_MS) {
  const firstMedia = [];
  const channelOpen = [];
  for (let index = 0; index <= CALL_COUNT; index += 1) {
    let mediaAt;
    const flights = [];
    state.proxy = await ImpairmentProxy.open((way, bytes) => {
      if (flights.length < FLIGHTS_MAX) flights.push({ way, name: nameOf(bytes), at: Date.now() });
      if (way === 'up' && bytes[0] >= 128 && bytes[0] < 192) mediaAt ??= Date.now();
    });
    state.rttMs = rttMs;
    for (const way of ['up', 'down'])
      state.proxy.impair(way, {
        seed: 100 * index + (way === 'up' ? 1 : 2),
        kinds: ALL_KINDS,
        delayMs: rttMs / 2,
        lossRatio: LOSS_RATIO,
      });
    const { startAt, openAt } = await page.evaluate(
      `(${CALL})(${JSON.stringify(values.dcid ?? null)})`,
    );
    state.proxy.close();
    // The first call of each row warms up what is made once.
    if (index === 0) continue;
    firstMedia.push(mediaAt - startAt);
    channelOpen.push(openAt - startAt);
    if (values.flights && index === CALL_COUNT) {
      console.log(`Round trip ${rttMs} ms, channel open at ${inRtts(openAt - startAt, rttMs)}:`);
      printFlights(flights, startAt, rttMs);
    }
  }
  rows.push({ rttMs, firstMedia, channelOpen });
}
await browser.close();
door.close();
await prism.stop();

console.log('RTT ms | first media p50 ms (RTTs, goal) p95 | channel open p50 ms (RTTs, goal) p95');
for (const { rttMs, firstMedia, channelOpen } of rows) {
  const [media, open] = [percentile(firstMedia, 0.5), percentile(channelOpen, 0.5)];
  console.log(
    `${String(rttMs).padStart(6)} | ${media.toFixed(0)} (${inRtts(media, rttMs)}, ${3 * rttMs + 30}) ${percentile(firstMedia, 0.95).toFixed(0)} | ` +
      `${open.toFixed(0)} (${inRtts(open, rttMs)}, ${4 * rttMs + 30}) ${percentile(channelOpen, 0.95).toFixed(0)}`,
  );
}
if (values.json) {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg() };
  console.log(JSON.stringify({ node: process.version, machine, calls: CALL_COUNT, rows }));
}
