import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { ImpairmentProxy } from './network/impairment-proxy.ts';

export interface BrowserToneCallOptions {
  /** Script that may change the `transceiver`. */
  readonly prepare?: string;
  /** The offer that the server gets. */
  readonly told?: (sdp: string) => string;
}

/** A call of a page's that sends a tone, through a proxy; the page has its peer connection as `window.pc`. */
export async function callWithTone(
  page: Page,
  { serverUrl, proxy }: { readonly serverUrl: string; readonly proxy: ImpairmentProxy },
  { prepare = '', told = (sdp) => sdp }: BrowserToneCallOptions = {},
): Promise<{ readonly answerSdp: string; readonly callId: string | undefined }> {
  const offerSdp = await page.evaluate<string>(`(async () => {
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, { frequency: 330 });
    const destination = context.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    const pc = (window.pc = new RTCPeerConnection());
    const transceiver = pc.addTransceiver(destination.stream.getAudioTracks()[0]);
    ${prepare}
    await pc.setLocalDescription(await pc.createOffer());
    return pc.localDescription.sdp;
  })()`);
  const response = await fetch(`${serverUrl}/v1/realtime/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: told(offerSdp),
  });
  const answerSdp = await response.text();
  assert.equal(response.status, 201, answerSdp);
  const answer = JSON.stringify({ type: 'answer', sdp: proxy.rewriteAnswer(answerSdp) });
  await page.evaluate(`window.pc.setRemoteDescription(${answer})`);
  return { answerSdp, callId: response.headers.get('location')?.split('/').at(-1) };
}
