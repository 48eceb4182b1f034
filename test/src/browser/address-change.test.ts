import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../harness/browser.ts';
import { callWithTone } from '../harness/browser-tone-call.ts';
import { eventually } from '../harness/eventually.ts';
import { ImpairmentProxy } from '../harness/network/impairment-proxy.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';

/** Packets of the microphone before the NAT forgets the client, and after: a second each. */
const PACKET_COUNT = 50;

suite('Chromium behind a NAT that forgets it', () => {
  let server: PrismOnFakeUpstream;
  let browser: Browser;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    browser = await startBrowser('/dev/null');
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test('[ICE12] [ICE18] it answers the check that Prism sends to its new address, and its media comes there', async () => {
    const page = await browser.newPage();
    const proxy = await ImpairmentProxy.open();
    const { callId } = await callWithTone(page, { serverUrl: server.url, proxy });
    const spoken = (): number => proxy.ledger('up').count('rtp');
    await eventually('its voice', () => spoken() >= PACKET_COUNT);
    await proxy.rebind();
    const countBefore = spoken();
    await eventually('its voice afterwards', () => spoken() >= countBefore + PACKET_COUNT);
    await fetch(`${server.url}/v1/realtime/calls/${callId}/hangup`, { method: 'POST' });
    const entry = await eventually('the end of the call', () =>
      server.log.find((line) => line['msg'] === 'call ended' && line['callId'] === callId),
    );
    await page.evaluate('window.pc.close()');
    proxy.close();
    const { ice } = entry['peer'] as { readonly ice: { readonly pathChanges: number } };
    assert.ok(ice.pathChanges >= 1);
  });
});
