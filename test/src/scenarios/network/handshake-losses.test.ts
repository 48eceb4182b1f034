import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import { ImpairmentProxy } from '../../harness/network/impairment-proxy.ts';
import { kindOf } from '../../harness/network/packet-kind.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../../harness/rtc-client.ts';

/** Datagrams of DTLS in each way of a set-up that are lost one after the other; there are fewer in the handshake. */
const LOST_COUNT = 7;

/** What came of a call's set-up. */
interface SetUp {
  /** Datagrams of DTLS that came to the client. */
  readonly datagramCount: number;
  /** What Prism sent again, as its log tells it. */
  readonly repeats: number;
}

suite('handshakes that lose a datagram', () => {
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
  });

  after(async () => {
    await server.close();
  });

  /** A whole call, until its channel has told an event, whose network does `plan` to what goes `way`. */
  async function setUp(way?: 'up' | 'down', plan?: ImpairmentPlan): Promise<SetUp> {
    let datagramCount = 0;
    const proxy = await ImpairmentProxy.open((toward, bytes) => {
      if (toward === 'down' && kindOf(bytes) === 'dtls') datagramCount += 1;
    });
    if (way !== undefined) proxy.impair(way, plan);
    const editAnswer = (sdp: string): string => proxy.rewriteAnswer(sdp);
    const client = await RtcClient.connect(server.url, {}, { editAnswer });
    const { callId } = client;
    await eventually('session.created', () => client.eventOf('session.created'));
    await fetch(`${server.url}/v1/realtime/calls/${callId}/hangup`, { method: 'POST' });
    const entry = await eventually('the end of the call', () =>
      server.log.find((line) => line['msg'] === 'call ended' && line['callId'] === callId),
    );
    client.close();
    proxy.close();
    const { handshakeRepeats } = entry['peer'] as { readonly handshakeRepeats: number };
    return { datagramCount, repeats: handshakeRepeats };
  }

  const losing = (index: number): ImpairmentPlan => ({
    seed: 1,
    kinds: ['dtls'],
    blackouts: [{ fromOffset: index, toOffset: index + 1 }],
  });

  test('[DTL7] whichever datagram of Prism’s is lost, the call connects and its channel opens', async () => {
    let repeats = 0;
    for (let lost = 0; lost < LOST_COUNT; lost += 1)
      ({ repeats } = addTo(repeats, await setUp('down', losing(lost))));
    assert.ok(repeats >= 2, `${repeats} datagrams again`);
  });

  test('[DTL7] whichever datagram of the client’s is lost, too', async () => {
    let repeats = 0;
    for (let lost = 0; lost < LOST_COUNT; lost += 1)
      ({ repeats } = addTo(repeats, await setUp('up', losing(lost))));
    assert.ok(repeats >= 2, `${repeats} datagrams again`);
  });

  test('[DTL36] a client with another certificate than its offer names gets no call, and the log says why', async () => {
    const editOffer = (sdp: string): string =>
      sdp.replace(/(a=fingerprint:\S+ )(..)/, (_, head: string, first: string) =>
        head.concat(first === '00' ? '01' : '00'),
      );
    const client = await RtcClient.connect(server.url, {}, { editOffer });
    const { callId } = client;
    const entry = await eventually('the end of the call', () =>
      server.log.find((line) => line['msg'] === 'call ended' && line['callId'] === callId),
    );
    assert.equal(client.isChannelOpen, false);
    client.close();
    const { state, endReason } = entry['peer'] as Record<string, unknown>;
    assert.deepEqual({ state, endReason }, { state: 'failed', endReason: 'certificate_mismatch' });
  });

  test('[DTL8] a client on libdatachannel connects when each datagram of DTLS comes to it twice', async () => {
    const { datagramCount } = await setUp('down', { seed: 1, kinds: ['dtls'], duplicateRatio: 1 });
    assert.ok(datagramCount >= 4, `${datagramCount} datagrams`);
  });
});

function addTo(repeats: number, setUp: SetUp): { readonly repeats: number } {
  return { repeats: repeats + setUp.repeats };
}
