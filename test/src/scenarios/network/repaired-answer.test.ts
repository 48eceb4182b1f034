import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { MediaStats } from '@prism/core';
import { RedReader, type RtpPacket, writeRtcp } from '@prism/protocol';
import type { FakeUpstream } from '../../harness/fake-upstream.ts';
import { ImpairedCall, type ImpairedCallPlan } from '../../harness/network/impaired-call.ts';
import type { StreamTally } from '../../harness/network/packet-ledger.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../../harness/prism-on-fake-upstream.ts';

/** Frames of an answer: six seconds. One packet in ten is lost on its way to the client. */
const FRAME_COUNT = 300;
const LOSS = { seed: 10, lossRatio: 0.1 };

const CLIENT_SSRC = 4_242;
const RED = 63;

interface Outcome {
  /** Packets of the answer, from the first that came to the last, and how many came neither themselves nor as copies. */
  readonly sent: number;
  readonly missing: number;
  readonly stream: StreamTally;
  readonly outbound: MediaStats['outbound'];
}

suite('an answer over a network that loses packets', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
  });

  after(() => server.close());

  async function answerWith(offers: ImpairedCallPlan): Promise<Outcome> {
    const call = await ImpairedCall.connect(server, upstream, offers);
    reportLoss(call);
    call.proxy.impair('down', LOSS);
    await call.answer(FRAME_COUNT);
    const [stream] = call.proxy.ledger('down').streams();
    assert.ok(stream);
    const came = new Set(call.ear.packets.flatMap(numbersOf));
    const stats = await call.end();
    assert.ok(stats);
    const numbers = [...came].sort((left, right) => left - right);
    const sent = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
    return { sent, missing: sent - came.size, stream, outbound: stats.outbound };
  }

  test('[SND1] packets that are lost on their way to the client are asked for, and arrive', async () => {
    const plain = await answerWith({});
    assert.ok(plain.missing >= 0.05 * plain.sent, JSON.stringify(plain));
    assert.equal(plain.outbound.nacksAnswered, 0);
    const repaired = await answerWith({ nack: true });
    assert.ok(repaired.outbound.nacksAnswered >= plain.missing / 2, JSON.stringify(repaired));
    // An answer to a request may be lost as well; this client asks once.
    assert.ok(repaired.missing <= 0.03 * repaired.sent, JSON.stringify(repaired));
  });

  test('[SND3] [SND4] where redundant audio was negotiated, lost packets arrive as copies in later ones', async () => {
    const { sent, missing, stream, outbound } = await answerWith({ red: true });
    assert.equal(outbound.protection, 'red');
    assert.ok(stream.lostOffsets.length >= 0.05 * sent);
    assert.ok(missing <= 0.02 * sent, `${missing} of ${sent}`);
    const both = await answerWith({ red: true, nack: true });
    assert.ok(both.missing <= 0.005 * both.sent, JSON.stringify(both));
  });
});

/** Tells Prism of a loss of one in ten, as a receiver report does. */
function reportLoss({ client }: ImpairedCall): void {
  const ssrc = Number(/^a=ssrc:(\d+)/m.exec(client.remoteSdp)?.[1]);
  const block = {
    ssrc,
    fractionLost: 26,
    packetsLost: 5,
    extendedSequenceNumber: 50,
    jitterTicks: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
  client.sendPacket(writeRtcp([{ type: 'receiver_report', ssrc: CLIENT_SSRC, reports: [block] }]));
}

/** The numbers of the packets whose sound a packet has: its own, and those before it that it has copies of. */
function numbersOf({ sequenceNumber, payloadType, payload }: RtpPacket): number[] {
  const red = new RedReader();
  const blockCount = payloadType === RED && red.read(payload) ? red.blockCount : 1;
  return Array.from({ length: blockCount }, (_, back) => sequenceNumber - back);
}
