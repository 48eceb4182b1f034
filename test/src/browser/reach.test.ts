import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DoctorReport } from '@prism/server';
import type { Browser, Page } from 'playwright-core';
import { AGENTS_APPLICATION } from '../harness/agents-application.ts';
import { AgentsPage } from '../harness/agents-page.ts';
import { startBrowser } from '../harness/browser.ts';
import { Coturn } from '../harness/coturn.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { freePortVariables } from '../harness/free-port.ts';
import { writeMicrophoneScript } from '../harness/microphone-script.ts';
import { OfficialApp } from '../harness/official-app.ts';
import { readPageEars, speechSpurts } from '../harness/page-ears.ts';
import { PrismProcess } from '../harness/prism-process.ts';

const KEY = 'sk-prism-test';
const TURN_SECRET = 'turn secret of the tests';

const USER_SIDE = [
  { type: 'pause', durationMs: 3_000 },
  { type: 'say', text: 'what is seven times eight', voice: 'slt' },
  { type: 'pause', durationMs: 60_000 },
] as const;

/** A page without any SDK: a call by hand, with what the test asks for. `window.call` is what it may look at. */
const CALL_BY_HAND = `
window.startCall = async ({ url, key, config, usesPrismServers }) => {
  const headers = { authorization: 'Bearer ' + key };
  const servers = usesPrismServers
    ? (await (await fetch(url + '/v1/realtime/ice-servers', { headers })).json()).ice_servers
    : [];
  const pc = new RTCPeerConnection({ ...config, iceServers: servers });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  const channel = pc.createDataChannel('oai-events');
  const events = [];
  channel.onmessage = ({ data }) => events.push(JSON.parse(data));
  const element = document.createElement('audio');
  element.autoplay = true;
  pc.ontrack = ({ streams }) => { element.srcObject = streams[0]; };
  const post = async (method, path) => {
    await pc.setLocalDescription();
    if (config.iceTransportPolicy === 'relay' && method === 'POST') {
      while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 20));
    }
    const response = await fetch(url + path, {
      method, headers: { ...headers, 'content-type': 'application/sdp' }, body: pc.localDescription.sdp,
    });
    await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
    return response;
  };
  const response = await post('POST', '/v1/realtime/calls');
  const path = new URL(response.headers.get('location'), url).pathname;
  window.call = {
    pc, channel, events,
    restart: async () => { pc.restartIce(); return (await post('PATCH', path)).status; },
    pair: async () => {
      const stats = await pc.getStats();
      const transport = [...stats.values()].find(({ type }) => type === 'transport');
      const pair = stats.get(transport?.selectedCandidatePairId);
      const local = stats.get(pair?.localCandidateId);
      return { type: local?.candidateType, protocol: local?.protocol, bytes: pair?.bytesReceived,
        ufrag: transport?.iceLocalUsernameFragment };
    },
  };
};
`;

interface Pair {
  readonly type: string;
  readonly protocol: string;
  readonly bytes: number;
  readonly ufrag: string;
}

suite('calls through networks that stand in the way, in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prism-reach-'));
  const recordingPath = join(folder, 'microphone.wav');
  let app: OfficialApp;
  let turn: Coturn;
  let prism: PrismProcess;
  let url: string;
  const browsers: Browser[] = [];

  before(async () => {
    writeMicrophoneScript(recordingPath, USER_SIDE);
    app = await OfficialApp.start(AGENTS_APPLICATION);
    turn = await Coturn.start(TURN_SECRET);
    ({ prism, url } = await PrismProcess.serve({
      PRISM_API_KEYS: KEY,
      PRISM_ALLOWED_ORIGINS: app.origin,
      PRISM_TURN_URLS: turn.url,
      PRISM_TURN_SECRET: TURN_SECRET,
    }));
  });
  after(async () => {
    for (const browser of browsers) await browser.close();
    await prism?.stop();
    await turn?.stop();
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  async function openPage(): Promise<AgentsPage> {
    const browser = await startBrowser(recordingPath);
    browsers.push(browser);
    return AgentsPage.open(browser, app);
  }

  async function callByHand(page: Page, options: object): Promise<void> {
    await page.evaluate(CALL_BY_HAND);
    await page.evaluate(`startCall(${JSON.stringify({ url, key: KEY, config: {}, ...options })})`);
    await eventuallyAsync('session.created', async () =>
      page.evaluate<boolean>('call.events.length > 0'),
    );
  }

  async function pairOf(page: Page): Promise<Pair> {
    return page.evaluate<Pair>('call.pair()');
  }

  test('[ICE6] the Agents SDK, unmodified, without UDP from the start: it talks over TCP', async () => {
    const agents = await openPage();
    const { page } = agents;
    // Without a UDP candidate of Prism there is no UDP: the page has nowhere to send it, and Prism never sends first.
    await page.route('**/v1/realtime/calls', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/^a=candidate:\d+ 1 udp .*\r\n/gm, '');
      await route.fulfill({ response, body });
    });
    await agents.connect(url, { key: KEY });
    await agents.until('output_audio_buffer.stopped', 30_000);
    const { remote } = await readPageEars(page);
    assert.ok(speechSpurts(remote).length > 0);
    assert.equal(await agents.protocol(), 'tcp');
    await page.evaluate('app.session.close()');
  });

  test('[TRN3] a client that may use the relay alone gets its credentials from Prism, and its call', async () => {
    const { page } = await openPage();
    await callByHand(page, { config: { iceTransportPolicy: 'relay' }, usesPrismServers: true });
    const { type, bytes } = await pairOf(page);
    assert.equal(type, 'relay');
    await eventuallyAsync(
      'more media over the relay',
      async () => (await pairOf(page)).bytes > bytes,
    );
    await page.evaluate('call.pc.close()');
  });

  test('[ATT7] [ICE14] an ICE restart keeps the DTLS connection, the channel and the media', async () => {
    const { page } = await openPage();
    await callByHand(page, {});
    const first = await pairOf(page);
    assert.equal(await page.evaluate('call.restart()'), 200);
    await eventuallyAsync('the new fragment', async () => {
      const { ufrag, bytes } = await pairOf(page);
      return ufrag !== first.ufrag && bytes > 0;
    });
    await page.evaluate(`call.channel.send(JSON.stringify({ type: 'dance', event_id: 'after' }))`);
    await eventuallyAsync('an answer on the channel', async () =>
      page.evaluate<boolean>(`call.events.some((event) => event.error?.event_id === 'after')`),
    );
    assert.equal(await page.evaluate('call.pc.connectionState'), 'connected');
    assert.ok(!prism.log.some(({ msg }) => msg === 'media.lost'));
    await page.evaluate('call.pc.close()');
    await eventuallyAsync('the end of the call', async () => {
      const ends = prism.log.filter(({ msg }) => msg === 'call ended');
      return ends.length === 3;
    });
  });

  test('[DOC3] [DOC15] the doctor gets an allocation over UDP and TCP, and with another secret none', async () => {
    const relaysSeen = async (args: readonly string[], env: Record<string, string> = {}) => {
      const doctor = PrismProcess.run(['doctor', '--json', ...args], env);
      await doctor.exitCode();
      const report = JSON.parse(doctor.output) as DoctorReport;
      return report.checks.filter(({ id }) => id === 'turn').map(({ seen }) => seen);
    };
    const told = await relaysSeen(['--url', url, '--key', KEY]);
    assert.match(told.join(), /^allocates in [\d.]+ ms, relays from 127\.0\.0\.1$/);
    const env = {
      ...(await freePortVariables()),
      PRISM_TURN_URLS: `${turn.url},${turn.url}?transport=tcp`,
    };
    const both = await relaysSeen([], { ...env, PRISM_TURN_SECRET: TURN_SECRET });
    assert.equal(both.length, 2);
    for (const seen of both) assert.match(seen, /^allocates in /);
    const refused = await relaysSeen([], { ...env, PRISM_TURN_SECRET: 'another secret' });
    assert.deepEqual(refused, Array(2).fill('refuses an allocation with 401'));
    await eventually(
      'returned allocations',
      () => (turn.output.match(/refreshed.*lifetime=0/g) ?? []).length >= 3,
    );
  });
});
