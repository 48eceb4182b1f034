import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import type { ImpairmentPlan } from '../../harness/network/impairment.ts';
import { ImpairmentProxy } from '../../harness/network/impairment-proxy.ts';
import { kindOf } from '../../harness/network/packet-kind.ts';
import { type PrismUnderTest, startPrism } from '../../harness/prism-under-test.ts';
import { RtcClient } from '../../harness/rtc-client.ts';

/** Lengths and numbers in a DTLS record's header (RFC 6347, section 4.1). */
const HEADER_BYTES = 13;
const APPLICATION_DATA = 23;

/** What came of a call's set-up. */
interface SetUp {
  /** Epoch and number of each record of Prism's handshake that went on to the client, and of its SCTP. */
  readonly handshake: ReadonlySet<string>;
  readonly sctp: readonly string[];
  /** How many datagrams the handshake came in. */
  readonly datagramCount: number;
  /** As the log tells it. */
  readonly repeats: number;
}

suite('handshakes that lose a datagram', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'openai',
      upstreamApiKey: 'sk-test-upstream',
      upstreamBaseUrl: upstream.baseUrl,
    });
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  /** A whole call whose network does `down` to what Prism sends, and loses the first of its SCTP's datagrams. */
  async function setUp(down?: ImpairmentPlan, sctpLostCount = 0): Promise<SetUp> {
    const [handshake, sctp] = [new Set<string>(), new Array<string>()];
    let datagramCount = 0;
    let isLosing = sctpLostCount === 0;
    const proxy = await ImpairmentProxy.open((way, bytes) => {
      if (kindOf(bytes) !== 'dtls') return;
      if (way === 'up' && isEncrypted(bytes)) loseSctp();
      if (way === 'up') return;
      if (bytes[0] === APPLICATION_DATA) sctp.push(...numbersOf(bytes));
      else {
        datagramCount += 1;
        for (const number of numbersOf(bytes)) handshake.add(number);
      }
    });
    /** The client's Finished is on its way: what comes now is SCTP. */
    function loseSctp(): void {
      if (isLosing) return;
      isLosing = true;
      const fromOffset = proxy.ledger('down').count('dtls');
      const blackouts = [{ fromOffset, toOffset: fromOffset + sctpLostCount }];
      proxy.impair('down', { seed: 1, kinds: ['dtls'], blackouts });
    }
    proxy.impair('down', down);
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
    const peer = entry['peer'] as { readonly ice: { readonly handshakeRepeats: number } };
    return { handshake, sctp, datagramCount, repeats: peer.ice.handshakeRepeats };
  }

  test('[DTL7] whichever datagram of Prism’s handshake is lost, the very same one comes again', async () => {
    const clean = await setUp();
    assert.ok(clean.datagramCount >= 2, 'ClientHello, and Certificate to Finished');
    for (let lost = 0; lost < clean.datagramCount; lost += 1) {
      const blackouts = [{ fromOffset: lost, toOffset: lost + 1 }];
      const { handshake, repeats } = await setUp({ seed: 1, kinds: ['dtls'], blackouts });
      // The stack's own repetition has new record numbers: what was lost comes by the media port's alone.
      for (const number of clean.handshake)
        assert.ok(handshake.has(number), `record ${number} with datagram ${lost} lost`);
      assert.ok(repeats >= 1, `${repeats} datagrams again with datagram ${lost} lost`);
    }
  });

  test('[DTL4] [DTL7] the data channel opens although the first two of SCTP’s datagrams are lost', async () => {
    const clean = await setUp();
    const { sctp, repeats } = await setUp(undefined, 2);
    const first = clean.sctp[0] ?? 'none';
    assert.ok(sctp.includes(first), `record ${first} among ${sctp.join()}`);
    assert.ok(repeats >= 2, `${repeats} datagrams again`);
  });

  test('[DTL8] a client on libdatachannel connects when each datagram of DTLS comes to it twice', async () => {
    const { handshake, datagramCount } = await setUp({
      seed: 1,
      kinds: ['dtls'],
      duplicateRatio: 1,
    });
    assert.ok(handshake.size > 0 && datagramCount >= 4, `${datagramCount} datagrams`);
  });
});

function isEncrypted(bytes: Uint8Array): boolean {
  return numbersOf(bytes).some((number) => !number.startsWith('0/'));
}

function numbersOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const numbers: string[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    numbers.push(`${view.getUint16(at + 3)}/${view.getUint32(at + 7)}`);
    at += HEADER_BYTES + view.getUint16(at + 11);
  }
  return numbers;
}
