import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  compactFromMs,
  compactNtp,
  ntpTimeFromMs,
  type ReportBlock,
  type RtcpPacket,
  type RtpPacket,
  readRtcp,
} from '@prism/protocol';
import type { MonotonicMs } from '../../time/clock.ts';
import { MediaReports } from './media-reports.ts';
import { ReceptionStatistics } from './reception-statistics.ts';

const OUR_SSRC = 7;
const WALL_OFFSET_MS = 1_790_000_000_000;
const ms = (value: number): MonotonicMs => value as MonotonicMs;

function packet(sequenceNumber: number, overrides: Partial<RtpPacket> = {}): RtpPacket {
  return {
    payloadType: 111,
    hasMarker: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: (sequenceNumber * 960) >>> 0,
    ssrc: 1,
    payload: new Uint8Array(10),
    ...overrides,
  };
}

function reports(): MediaReports {
  return new MediaReports({
    ssrc: OUR_SSRC,
    cname: 'prism',
    clockHz: 48_000,
    wallOffsetMs: WALL_OFFSET_MS,
    rtpTimestampAt: (nowMs) => nowMs * 48,
  });
}

/** The packets that are due, or an empty list. */
function poll(machine: MediaReports, atMs: number): readonly RtcpPacket[] {
  const bytes = machine.poll(ms(atMs));
  return bytes === undefined ? [] : (readRtcp(bytes)?.packets ?? []);
}

function block(overrides: Partial<ReportBlock>): ReportBlock {
  return {
    ssrc: OUR_SSRC,
    fractionLost: 0,
    packetsLost: 0,
    extendedSequenceNumber: 0,
    jitterTicks: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
    ...overrides,
  };
}

suite('reception statistics', () => {
  test('[RTC5] loss is what was expected and did not come, since the report before and in all', () => {
    const statistics = new ReceptionStatistics(48_000);
    const receive = (numbers: readonly number[]): void => {
      for (const number of numbers) statistics.received(packet(number), number * 20);
    };
    receive([65_530, 65_531, 65_535, 65_536 + 3]);
    // Ten were expected over the wrap, four came.
    assert.deepEqual(statistics.takeBlock(), {
      ssrc: 1,
      fractionLost: Math.floor((6 * 256) / 10),
      packetsLost: 6,
      extendedSequenceNumber: 65_539,
      jitterTicks: 0,
    });
    receive([65_536 + 4, 65_536 + 2, 65_536 + 5]);
    const second = statistics.takeBlock();
    // One that came late makes up for its loss.
    assert.deepEqual([second?.fractionLost, second?.packetsLost], [0, 5]);
    assert.deepEqual([statistics.counts().packets, statistics.counts().bytes], [7, 70]);
  });

  test('[RTC5] a new source begins anew, and what was lost before stays counted', () => {
    const statistics = new ReceptionStatistics(48_000);
    for (const number of [1, 2, 5]) statistics.received(packet(number), number * 20);
    statistics.takeBlock();
    for (const number of [900, 901]) statistics.received(packet(number, { ssrc: 2 }), number * 20);
    for (const number of [9_000, 9_002]) statistics.received(packet(number, { ssrc: 2 }), number);
    const taken = statistics.takeBlock();
    assert.deepEqual(
      [taken?.ssrc, taken?.packetsLost, taken?.extendedSequenceNumber, taken?.fractionLost],
      [2, 1, 9_002, Math.floor(256 / 3)],
    );
    assert.equal(statistics.counts().packetsLost, 3);
  });

  test('[RTC5] jitter follows the difference of transit times by a sixteenth', () => {
    const statistics = new ReceptionStatistics(48_000);
    for (let number = 0; number < 1_000; number += 1)
      statistics.received(packet(number), number * 20 + (number % 2) * 8);
    assert.ok(Math.abs(statistics.counts().jitterMs - 8) < 0.01);
    const steady = new ReceptionStatistics(48_000);
    for (let number = 0; number < 100; number += 1) steady.received(packet(number), number * 20);
    assert.equal(steady.counts().jitterMs, 0);
  });
});

suite('reports', () => {
  test('[RTC6] the first packet received is reported after a second, then every 5 s once three round trips are known', () => {
    const machine = reports();
    assert.deepEqual(poll(machine, 100_000), []);
    const sentAtMs: number[] = [];
    for (let number = 0; number < 1_500; number += 1) {
      const nowMs = number * 20;
      machine.received(packet(number), ms(nowMs));
      if (poll(machine, nowMs).length > 0) sentAtMs.push(nowMs);
      if ([2_500, 3_500, 4_500].includes(nowMs)) {
        const lastSenderReport = compactNtp(ntpTimeFromMs(WALL_OFFSET_MS + nowMs - 100));
        machine.rtcp(
          { type: 'receiver_report', ssrc: 1, reports: [block({ lastSenderReport })] },
          ms(nowMs),
        );
      }
    }
    const slow = [10_000, 15_000, 20_000, 25_000];
    assert.deepEqual(sentAtMs, [1_000, 2_000, 3_000, 4_000, 5_000, ...slow]);
    assert.ok(Math.abs((machine.rttMs ?? 0) - 100) < 0.1);
  });

  test('[RTC6] to a client that never reports, reports come every 5 s in the end', () => {
    const machine = reports();
    const sentAtMs: number[] = [];
    for (let nowMs = 0; nowMs < 60_000; nowMs += 20) {
      machine.received(packet(nowMs / 20), ms(nowMs));
      if (poll(machine, nowMs).length > 0) sentAtMs.push(nowMs);
    }
    const fast = Array.from({ length: 16 }, (_, index) => (index + 1) * 1_000);
    const slow = Array.from({ length: 8 }, (_, index) => 21_000 + index * 5_000);
    assert.deepEqual(sentAtMs, [...fast, ...slow]);
  });

  test('[RTC7] the first packet sent is followed by a sender report that ties RTP time to the clock', () => {
    const machine = reports();
    machine.sent(80, ms(500));
    const [report, description] = poll(machine, 500);
    assert.deepEqual(report, {
      type: 'sender_report',
      ssrc: OUR_SSRC,
      ntpTime: ntpTimeFromMs(WALL_OFFSET_MS + 500),
      rtpTimestamp: 24_000,
      packetCount: 1,
      octetCount: 80,
      reports: [],
    });
    assert.deepEqual(description, {
      type: 'source_description',
      chunks: [{ ssrc: OUR_SSRC, cname: 'prism' }],
    });
  });

  test('[RTC7] who has sent nothing since the last report sends a receiver report', () => {
    const machine = reports();
    machine.sent(80, ms(0));
    assert.equal(poll(machine, 0)[0]?.type, 'sender_report');
    machine.received(packet(1), ms(1_000));
    assert.equal(poll(machine, 1_000)[0]?.type, 'receiver_report');
    machine.sent(80, ms(1_500));
    assert.equal(poll(machine, 2_000)[0]?.type, 'sender_report');
  });

  test('[RTC8] our block names the last sender report and how long ago it came', () => {
    const machine = reports();
    const ntpTime = ntpTimeFromMs(WALL_OFFSET_MS - 40);
    machine.received(packet(1), ms(0));
    machine.rtcp(
      {
        type: 'sender_report',
        ssrc: 1,
        ntpTime,
        rtpTimestamp: 0,
        packetCount: 0,
        octetCount: 0,
        reports: [],
      },
      ms(250),
    );
    const [report] = poll(machine, 1_000);
    assert.ok(report?.type === 'receiver_report');
    assert.equal(report.reports[0]?.lastSenderReport, compactNtp(ntpTime));
    assert.equal(report.reports[0].delaySinceLastSenderReport, compactFromMs(750));
  });

  test('[RTC8] only a block about our stream tells how we are received', () => {
    const machine = reports();
    const tell = (told: Partial<ReportBlock>): boolean =>
      machine.rtcp({ type: 'receiver_report', ssrc: 1, reports: [block(told)] }, ms(0));
    assert.equal(tell({ ssrc: 99, fractionLost: 200 }), false);
    assert.equal(machine.remote, undefined);
    assert.equal(tell({ fractionLost: 64, packetsLost: 12, jitterTicks: 480 }), true);
    assert.deepEqual(machine.remote, { fractionLost: 0.25, packetsLost: 12, jitterMs: 10 });
    assert.equal(machine.rttMs, undefined);
  });

  test("[RTC10] one long round trip among short ones is told, and the lowest of the last five is the path's", () => {
    const machine = reports();
    assert.equal(machine.lowestRttMs, undefined);
    const takes = (rttMs: number, nowMs: number): void => {
      const sentMs = nowMs - rttMs;
      const lastSenderReport = compactNtp(ntpTimeFromMs(WALL_OFFSET_MS + sentMs));
      const answer = block({ lastSenderReport });
      machine.rtcp({ type: 'receiver_report', ssrc: 1, reports: [answer] }, ms(nowMs));
    };
    const told = (): number[] =>
      [machine.rttMs, machine.lowestRttMs].map((value) => Math.round(value ?? Number.NaN));
    takes(90, 1_000);
    assert.deepEqual(told(), [90, 90]);
    takes(20, 6_000);
    takes(400, 11_000);
    assert.deepEqual(told(), [400, 20]);
    for (const second of [16, 21, 26]) takes(50, second * 1_000);
    assert.deepEqual(told(), [50, 20]);
    takes(50, 31_000);
    assert.deepEqual(told(), [50, 50]);
  });

  test('[RTC10] [HLD12] a round trip known from elsewhere counts beside the first five', () => {
    const machine = reports();
    machine.assumeRtt(20);
    assert.deepEqual([machine.rttMs, machine.lowestRttMs], [undefined, 20]);
    for (const second of [1, 2, 3, 4]) {
      const lastSenderReport = compactNtp(ntpTimeFromMs(WALL_OFFSET_MS + second * 1_000 - 150));
      const answer = block({ lastSenderReport });
      machine.rtcp({ type: 'receiver_report', ssrc: 1, reports: [answer] }, ms(second * 1_000));
      assert.equal(machine.lowestRttMs, 20);
    }
    const answer = block({ lastSenderReport: compactNtp(ntpTimeFromMs(WALL_OFFSET_MS + 4_850)) });
    machine.rtcp({ type: 'receiver_report', ssrc: 1, reports: [answer] }, ms(5_000));
    assert.equal(Math.round(machine.lowestRttMs ?? 0), 150);
  });

  test('[RTC9] the last report says goodbye, to those who know us', () => {
    const machine = reports();
    assert.equal(machine.bye(ms(0)), undefined);
    machine.sent(80, ms(0));
    machine.poll(ms(0));
    const read = readRtcp(machine.bye(ms(100)) ?? new Uint8Array());
    assert.deepEqual(
      read?.packets.map(({ type }) => type),
      ['receiver_report', 'source_description', 'bye'],
    );
    assert.deepEqual(read?.packets.at(-1), { type: 'bye', ssrcs: [OUR_SSRC] });
  });
});
