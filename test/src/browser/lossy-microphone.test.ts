import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { offeringAudioNack } from '@prism/client';
import type { MediaStats } from '@prism/core';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { type BrowserToneCallOptions, callWithTone } from '../harness/browser-tone-call.ts';
import { eventually } from '../harness/eventually.ts';
import { ImpairmentProxy } from '../harness/network/impairment-proxy.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';

/** Packets of a call: eight seconds. One in ten is lost on its way to Prism. */
const PACKET_COUNT = 400;
const LOSS = { seed: 10, lossRatio: 0.1 };

const WITHOUT_RED = `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType !== 'audio/red'));`;

const PCMA_ALONE = `transceiver.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('audio').codecs.filter((one) => one.mimeType === 'audio/PCMA'));`;

suite('a microphone in Chromium whose packets get lost', () => {
  let server: PrismOnFakeUpstream;
  let browser: Browser;
  let page: Page;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    browser = await startBrowser('/dev/null');
    page = await browser.newPage();
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** A call whose page sends a tone. `prepare` may change the transceiver, `told` the offer that the server gets. */
  async function lossyCall(
    options: BrowserToneCallOptions,
  ): Promise<{ readonly answerSdp: string; readonly inbound: MediaStats['inbound'] }> {
    const proxy = await ImpairmentProxy.open();
    proxy.impair('up', LOSS);
    proxy.impair('down', { seed: 1, kinds: ['dtls'], duplicateRatio: 1 });
    const way = { serverUrl: server.url, proxy };
    const { answerSdp, callId } = await callWithTone(page, way, options);
    await eventually('packets', () =>
      proxy
        .ledger('up')
        .streams()
        .some(({ packetCount }) => packetCount >= PACKET_COUNT),
    );
    await fetch(`${server.url}/v1/realtime/calls/${callId}/hangup`, { method: 'POST' });
    const entry = await eventually('the end of the call', () =>
      server.log.find((line) => line['msg'] === 'call ended' && line['callId'] === callId),
    );
    await page.evaluate('window.pc.close()');
    proxy.close();
    const { inbound } = entry['media'] as MediaStats;
    return { answerSdp, inbound };
  }

  test('[RED5] [DTL8] Chromium, with all of DTLS coming twice, sends redundant audio to an answer that has it first, and next to nothing is lost', async () => {
    const { answerSdp, inbound } = await lossyCall({});
    assert.match(answerSdp, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 63 111 /m);
    const { packetsRecoveredByRed, packetsGivenUp } = inbound;
    // With one copy in the next packet two losses in a row remain.
    assert.ok(packetsRecoveredByRed > 3 * packetsGivenUp, JSON.stringify(inbound));
    assert.equal(inbound.nacksSent, 0);
  });

  test('[CLI57] [RED5] [RTP15] what redundant audio leaves is asked for again, where the offer is the SDK’s', async () => {
    const { answerSdp, inbound } = await lossyCall({ told: offeringAudioNack });
    assert.match(answerSdp, /^a=rtcp-fb:111 nack\r$/m);
    const { packetsRecoveredByRed, packetsRecoveredByNack, packetsGivenUp } = inbound;
    assert.ok(packetsRecoveredByRed > 0 && packetsRecoveredByNack > 0, JSON.stringify(inbound));
    assert.ok(packetsGivenUp <= 0.005 * PACKET_COUNT, JSON.stringify(inbound));
  });

  test('[RTP15] Chromium sends packets again that are asked for, where its offer said so', async () => {
    const { answerSdp, inbound } = await lossyCall({
      prepare: WITHOUT_RED,
      told: offeringAudioNack,
    });
    assert.match(answerSdp, /^a=rtcp-fb:111 nack\r$/m);
    const { packetsRecoveredByNack, packetsGivenUp } = inbound;
    assert.ok(packetsRecoveredByNack > 3 * packetsGivenUp, JSON.stringify(inbound));
  });

  test('[TEL1] Chromium speaks G.711 where Opus is not offered', async () => {
    const { answerSdp, inbound } = await lossyCall({ prepare: PCMA_ALONE });
    assert.match(answerSdp, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 8\r$/m);
    assert.ok(inbound.packetsPlayed > 0.8 * PACKET_COUNT, JSON.stringify(inbound));
    assert.ok(inbound.concealedSamples > 0);
    assert.equal(inbound.packetsMalformed + inbound.packetsForeign, 0);
  });
});
