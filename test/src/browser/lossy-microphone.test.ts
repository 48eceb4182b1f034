import { after, before, suite, test } from 'node:test';
import type { RtpPacket } from '@prism/protocol';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
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

/** A page that sends a tone. `prepare` may change the transceiver, `munge` the offer, before either is used. */
async function call(
  page: Page,
  { prepare = '', munge = 'sdp' }: { readonly prepare?: string; readonly munge?: string },
): Promise<LossyCall> {
  const offerSdp = await page.evaluate<string>(`(async () => {
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, { frequency: 330 });
    const destination = context.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    const pc = (window.pc = new RTCPeerConnection());
    const transceiver = pc.addTransceiver(destination.stream.getAudioTracks()[0]);
    ${prepare}
    const offer = await pc.createOffer();
    const sdp = offer.sdp;
    await pc.setLocalDescription({ type: 'offer', sdp: ${munge} });
    return pc.localDescription.sdp;
  })()`);
  const lossy = await LossyCall.answer(offerSdp, everyTenth());
  await page.evaluate(
    `window.pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(lossy.answerSdp)} })`,
  );
  return lossy;
}

const WITHOUT_RED = `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType !== 'audio/red'));`;

suite('a microphone in Chromium whose packets get lost', () => {
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await startBrowser('/dev/null');
    page = await browser.newPage();
  });

  after(async () => browser?.close());

  test('[RED5] Chromium sends redundant audio to an answer that has it first, and nothing is lost', async () => {
    const lossy = await call(page, {});
    await eventually('loss', () => lossy.packetsDropped >= PACKETS_DROPPED, 20_000);
    const { inbound } = lossy;
    console.log(Object.fromEntries(lossy.packetsByPayloadType), inbound, lossy.answerSdp);
    lossy.close();
  });

  test('[RTP15] Chromium sends packets again that are asked for, where its offer said so', async () => {
    const lossy = await call(page, {
      prepare: WITHOUT_RED,
      munge: "sdp.replace(/(a=rtpmap:111 .*\\r\\n)/, '$1a=rtcp-fb:111 nack\\r\\n')",
    });
    await eventually('loss', () => lossy.packetsDropped >= PACKETS_DROPPED, 20_000);
    console.log(Object.fromEntries(lossy.packetsByPayloadType), lossy.inbound);
    lossy.close();
  });

  test('[TEL1] Chromium speaks G.711 where Opus is not offered', async () => {
    const lossy = await call(page, {
      prepare: `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType.startsWith('audio/PCM')));`,
    });
    await eventually('loss', () => lossy.packetsDropped >= PACKETS_DROPPED, 20_000);
    console.log(Object.fromEntries(lossy.packetsByPayloadType), lossy.inbound, lossy.answerSdp);
    lossy.close();
  });
});
