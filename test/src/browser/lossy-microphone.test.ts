import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { RtpPacket } from '@prism/protocol';
import { createPeerFactory } from '@prism/server/internal';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { freeUdpPort } from '../harness/free-port.ts';
import { LossyCall } from '../harness/lossy-call.ts';

const PACKETS_DROPPED = 20;

/** Drops every tenth packet when it comes for the first time; what is sent again passes. */
function everyTenth(): (packet: RtpPacket) => boolean {
  const dropped = new Set<number>();
  return ({ sequenceNumber }) => {
    if (sequenceNumber % 10 !== 0 || dropped.has(sequenceNumber)) return false;
    dropped.add(sequenceNumber);
    return true;
  };
}

const WITHOUT_RED = `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType !== 'audio/red'));`;

const G711_ALONE = `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType === 'audio/PCMA'));`;

suite('a microphone in Chromium whose packets get lost', () => {
  let peers: ReturnType<typeof createPeerFactory>;
  let browser: Browser;
  let page: Page;

  before(async () => {
    peers = createPeerFactory({
      mediaPort: await freeUdpPort(),
      bindAddress: '127.0.0.1',
      randomUint32: () => 12_345,
    });
    browser = await startBrowser('/dev/null');
    page = await browser.newPage();
  });

  after(async () => {
    await browser?.close();
    peers?.close();
  });

  /**
   * A tone from the page until enough packets were dropped. `prepare` may change the transceiver, `munge` the offer,
   * before either is used.
   */
  async function lossyCall({
    prepare = '',
    munge = 'sdp',
  }: {
    readonly prepare?: string;
    readonly munge?: string;
  }): Promise<LossyCall> {
    const offerSdp = await page.evaluate<string>(`(async () => {
      const context = new AudioContext();
      const oscillator = new OscillatorNode(context, { frequency: 330 });
      const destination = context.createMediaStreamDestination();
      oscillator.connect(destination);
      oscillator.start();
      const pc = (window.pc = new RTCPeerConnection());
      const transceiver = pc.addTransceiver(destination.stream.getAudioTracks()[0]);
      ${prepare}
      const { sdp } = await pc.createOffer();
      await pc.setLocalDescription({ type: 'offer', sdp: ${munge} });
      return pc.localDescription.sdp;
    })()`);
    const call = await LossyCall.answer(peers, offerSdp, everyTenth());
    const answer = JSON.stringify({ type: 'answer', sdp: call.answerSdp });
    await page.evaluate(`window.pc.setRemoteDescription(${answer})`);
    await eventually('loss', () => call.packetsDropped >= PACKETS_DROPPED, 20_000);
    await page.evaluate('window.pc.close()');
    return call;
  }

  test('[RED5] Chromium sends redundant audio to an answer that has it first, and nothing is lost', async () => {
    const call = await lossyCall({});
    assert.deepEqual([...call.packetsByPayloadType.keys()], [63]);
    const { packetsRecoveredByRed = 0, concealedSamples } = call.inbound ?? {};
    // The last one dropped may still wait for the packet with its copy.
    assert.ok(packetsRecoveredByRed >= PACKETS_DROPPED - 1, `${packetsRecoveredByRed} recovered`);
    assert.equal(concealedSamples, 0);
    call.close();
  });

  test('[RTP15] Chromium sends packets again that are asked for, where its offer said so', async () => {
    const call = await lossyCall({
      prepare: WITHOUT_RED,
      munge: "sdp.replace(/(a=rtpmap:111 .*\\r\\n)/, '$1a=rtcp-fb:111 nack\\r\\n')",
    });
    assert.match(call.answerSdp, /^a=rtcp-fb:111 nack\r$/m);
    const { packetsRecoveredByNack = 0, packetsRecoveredByFec = 0 } = call.inbound ?? {};
    const seen = JSON.stringify(call.inbound);
    assert.ok(packetsRecoveredByNack >= 0.8 * PACKETS_DROPPED, seen);
    assert.ok(packetsRecoveredByFec <= 0.2 * PACKETS_DROPPED);
    call.close();
  });

  test('[TEL1] Chromium speaks G.711 where Opus is not offered', async () => {
    const call = await lossyCall({ prepare: G711_ALONE });
    assert.deepEqual([...call.packetsByPayloadType.keys()], [8]);
    assert.match(call.answerSdp, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 8\r$/m);
    const { packetsPlayed = 0, concealedSamples = 0 } = call.inbound ?? {};
    assert.equal(call.samplesHeard, packetsPlayed * 480 + concealedSamples);
    assert.ok(concealedSamples >= (PACKETS_DROPPED - 3) * 480);
    call.close();
  });
});
