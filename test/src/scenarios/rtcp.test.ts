import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  compactNtp,
  isRtcp,
  parseRtpPacket,
  type RtcpPacket,
  type RtpPacket,
  readRtcp,
  writeRtcp,
} from '@prism/protocol';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstream } from '../harness/fake-upstream.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { tone } from '../harness/tone.ts';

const CLIENT_SSRC = 4_242;
/** First configuration that is CELT alone (RFC 6716, table 2). */
const CELT_CONFIGURATION_MIN = 16;

suite('RTCP of a call over WebRTC', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
  });

  after(() => server.close());

  test('[RTC7] [RTC8] [SND3] reports and protection reach a real client, and its own reach Prism', async () => {
    const client = await RtcClient.connect(server.url);
    const rtp: RtpPacket[] = [];
    const rtcp: RtcpPacket[] = [];
    client.packetListener = (bytes) => {
      if (isRtcp(bytes)) rtcp.push(...(readRtcp(bytes)?.packets ?? []));
      else {
        const packet = parseRtpPacket(bytes);
        if (packet !== undefined) rtp.push(packet);
      }
    };
    const session = await eventually('upstream session', () => upstream.sessions[0]);
    await eventually('connection', () => client.isConnected && client.eventOf('session.created'));
    session.answer(tone(5_000));
    const report = await eventually('sender report', () =>
      rtcp.find((packet) => packet.type === 'sender_report'),
    );
    assert.deepEqual(rtcp.find((packet) => packet.type === 'source_description')?.chunks, [
      { ssrc: report.ssrc, cname: 'realtimeapi' },
    ]);

    const asked = await eventually('a packet', () => rtp[3]);
    const nack = { type: 'nack', senderSsrc: CLIENT_SSRC, mediaSsrc: asked.ssrc } as const;
    client.sendPacket(writeRtcp([{ ...nack, sequenceNumbers: [asked.sequenceNumber] }]));
    // This client's SRTP drops what it has had before: that it was sent again shows in Prism's counts.

    assert.ok((rtp.at(-1)?.payload[0] ?? 0) >> 3 >= CELT_CONFIGURATION_MIN);
    const block = {
      ssrc: report.ssrc,
      fractionLost: 26,
      packetsLost: 5,
      extendedSequenceNumber: asked.sequenceNumber,
      jitterTicks: 480,
      lastSenderReport: compactNtp(report.ntpTime),
      delaySinceLastSenderReport: 0,
    };
    client.sendPacket(
      writeRtcp([{ type: 'receiver_report', ssrc: CLIENT_SSRC, reports: [block] }]),
    );
    await eventually('a packet with in-band FEC', () => {
      const configuration = (rtp.at(-1)?.payload[0] ?? 0xff) >> 3;
      return configuration < CELT_CONFIGURATION_MIN;
    });

    const ended = await fetch(`${server.url}/v1/realtime/calls/${client.callId}/hangup`, {
      method: 'POST',
    });
    assert.equal(ended.status, 200);
    client.close();
    const lastWords = await eventually('the end in the log', () =>
      server.log.find(({ msg }) => msg === 'call ended'),
    );
    const media = lastWords['media'] as {
      readonly rttMs: number;
      readonly outbound: Record<string, unknown>;
    };
    const { outbound } = media;
    assert.deepEqual(
      [outbound['packetsLost'], outbound['jitterMs'], outbound['protection']],
      [5, 10, 'fec'],
    );
    assert.deepEqual([outbound['nacksReceived'], outbound['nacksAnswered']], [1, 1]);
    assert.ok(media.rttMs > 0 && media.rttMs < 5_000);
  });
});
