import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import { type CallServer, CodedCall } from '../../harness/network/coded-call.ts';
import { hear, joinPcm } from '../../harness/network/coded-ear.ts';
import { FRAME_SAMPLES, SILENT_FRAMES } from '../../harness/network/coded-microphone.ts';
import { NetworkNamespace } from '../../harness/network/network-namespace.ts';
import { PrismProcess } from '../../harness/prism-process.ts';

const KEY = 'sk-prism-test';

/** Six seconds each way. */
const FRAME_COUNT = 300;

/** Packets of the answer that are heard before anything happens. */
const BEFORE_COUNT = 50;

/** Packets in a second and a half. */
const GAP_PACKETS_MAX = 75;

const problem = NetworkNamespace.problem();

suite("networks of the kernel's", { skip: problem ?? false }, () => {
  let network: NetworkNamespace;
  let upstream: FakeUpstream;
  let prism: PrismProcess;
  let server: CallServer;

  before(async () => {
    network = NetworkNamespace.create();
    upstream = await FakeUpstream.start({ host: network.backhaulAddress });
    const env = {
      PRISM_HOST: network.serverAddress,
      PRISM_API_KEYS: KEY,
      PRISM_UPSTREAM: 'realtime',
      OPENAI_BASE_URL: upstream.baseUrl,
      OPENAI_API_KEY: 'sk-test-upstream',
      PRISM_LOG_FORMAT: 'json',
      PRISM_MEDIA_INTERFACES: network.clientLink,
    };
    const served = await PrismProcess.serve(env, network.command);
    prism = served.prism;
    server = {
      url: served.url,
      key: KEY,
      get log() {
        return served.prism.log;
      },
    };
  });

  after(async () => {
    await prism?.stop();
    await upstream?.close();
    network?.delete();
  });

  test('[NET15] UDP of which nft loses a tenth carries a call: RED brings back nearly all of it', async () => {
    const call = await CodedCall.open(server, upstream, { red: true, reports: true });
    network.udp({ lossPercent: 10 });
    await Promise.all([
      call.speak({ frameCount: FRAME_COUNT, redundantCount: 2 }),
      call.answer(FRAME_COUNT),
    ]);
    const wanted = (FRAME_COUNT + SILENT_FRAMES) * FRAME_SAMPLES;
    await eventually('all that was said', () => call.session.appendedSamples >= wanted);
    network.udp({});
    const counted = await call.end();
    assert.ok(counted !== undefined && counted.inbound.packetsRecoveredByRed > 5);
    // A run of three is lost once in a thousand packets, and nothing is seeded here.
    const { inPlaceCount } = hear(joinPcm(call.session.appended), FRAME_COUNT);
    assert.ok(inPlaceCount >= 0.97 * FRAME_COUNT, `${inPlaceCount} frames`);
    assert.ok(call.ear.receivedCount >= 0.8 * FRAME_COUNT, `${call.ear.receivedCount} packets`);
  });

  test('[NET10] a client whose interface gets another address amid an answer keeps its session', async () => {
    const known = upstream.sessions.length;
    const call = await CodedCall.open(server, upstream);
    const speech = call.speak({ frameCount: FRAME_COUNT });
    const answer = call.answer(FRAME_COUNT);
    await eventually('the beginning', () => call.ear.packets.length >= BEFORE_COUNT);
    network.changeClientAddress();
    await Promise.all([speech, answer]);
    const heardCount = hear(call.ear.sound(), FRAME_COUNT).frames.length;
    assert.ok(heardCount >= FRAME_COUNT - GAP_PACKETS_MAX, `${heardCount} heard`);
    assert.equal(upstream.sessions.length, known + 1);
    assert.equal(call.client.eventTypes().includes('error'), false);
    // No request: this process' open connections still have the old address.
    call.close();
    await eventually('the end of the call', () =>
      server.log?.find(
        (line) => line['msg'] === 'call ended' && line['callId'] === call.client.callId,
      ),
    );
  });
});
