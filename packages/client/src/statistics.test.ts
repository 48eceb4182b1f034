import assert from 'node:assert/strict';
import test from 'node:test';
import { reduceStatistics } from './statistics.ts';
import type { WireObject } from './wire-event.ts';

function report(
  changes: Readonly<Record<string, WireObject>> = {},
): ReadonlyMap<string, WireObject> {
  const records: Record<string, WireObject> = {
    T1: { type: 'transport', selectedCandidatePairId: 'P2' },
    P1: { type: 'candidate-pair', localCandidateId: 'L1', remoteCandidateId: 'R1' },
    P2: {
      type: 'candidate-pair',
      localCandidateId: 'L1',
      remoteCandidateId: 'R1',
      currentRoundTripTime: 0.012,
    },
    L1: { type: 'local-candidate', candidateType: 'prflx', protocol: 'UDP' },
    R1: {
      type: 'remote-candidate',
      candidateType: 'host',
      address: '192.0.2.7',
      port: 3478,
    },
    C1: {
      type: 'codec',
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      sdpFmtpLine: 'useinbandfec=1',
    },
    I1: {
      type: 'inbound-rtp',
      kind: 'audio',
      codecId: 'C1',
      bytesReceived: 9000,
      packetsReceived: 90,
      packetsLost: 10,
      jitter: 0.004,
      jitterBufferDelay: 48,
      jitterBufferEmittedCount: 1000,
      totalSamplesReceived: 2000,
      concealedSamples: 100,
    },
    O1: { type: 'outbound-rtp', kind: 'audio', bytesSent: 12_000, packetsSent: 200 },
    M1: { type: 'remote-inbound-rtp', kind: 'audio', packetsLost: 4, jitter: 0.006 },
    ...changes,
  };
  return new Map(Object.entries(records));
}

test('[CLI41] a report is reduced to path, codec, round trip, loss and jitter', () => {
  const statistics = reduceStatistics(report());
  assert.deepEqual(statistics.path, {
    localType: 'prflx',
    remoteType: 'host',
    protocol: 'udp',
    remoteAddress: '192.0.2.7:3478',
  });
  assert.deepEqual(statistics.codec, {
    mimeType: 'audio/opus',
    clockRateHz: 48_000,
    channelCount: 2,
    parameters: 'useinbandfec=1',
  });
  assert.equal(statistics.rttMs, 12);
  assert.equal(statistics.inbound?.lossRatio, 0.1);
  assert.equal(statistics.inbound.jitterMs, 4);
  assert.equal(statistics.inbound.jitterBufferMs, 48);
  assert.equal(statistics.inbound.concealedRatio, 0.05);
  assert.equal(statistics.outbound?.lossRatio, 0.02);
  assert.equal(statistics.outbound.jitterMs, 6);
});

test('[CLI41] without a transport record the pair that says it is selected counts', () => {
  const statistics = reduceStatistics(
    report({
      T1: { type: 'something-else' },
      P2: {
        type: 'candidate-pair',
        selected: true,
        localCandidateId: 'L1',
        remoteCandidateId: 'R1',
        currentRoundTripTime: 0.02,
      },
    }),
  );
  assert.equal(statistics.path?.localType, 'prflx');
  assert.equal(statistics.rttMs, 20);
});

test('[CLI41] loss on the way out is unknown until the server has reported', () => {
  const { outbound } = reduceStatistics(report({ M1: { type: 'something-else' } }));
  assert.equal(outbound?.packetCount, 200);
  assert.equal(outbound.lossRatio, undefined);
  assert.equal(outbound.recentLossRatio, undefined);
});

test('[CLI41] an empty report gives an empty snapshot', () => {
  assert.deepEqual(reduceStatistics(new Map()), {});
});

test('[CLI41] a late packet that makes the loss negative counts as no loss', () => {
  const inbound = { type: 'inbound-rtp', kind: 'audio', packetsReceived: 10, packetsLost: -2 };
  assert.equal(reduceStatistics(report({ I1: inbound })).inbound?.lossRatio, 0);
});

test('[CLI42] loss and buffer delay of the newest interval come from the snapshot before', () => {
  const first = reduceStatistics(report());
  assert.equal(first.inbound?.recentLossRatio, undefined);
  const second = reduceStatistics(
    report({
      I1: {
        type: 'inbound-rtp',
        kind: 'audio',
        packetsReceived: 165,
        packetsLost: 35,
        jitterBufferDelay: 58,
        jitterBufferEmittedCount: 1500,
      },
      O1: { type: 'outbound-rtp', kind: 'audio', packetsSent: 300 },
      M1: { type: 'remote-inbound-rtp', kind: 'audio', packetsLost: 54 },
    }),
    first,
  );
  assert.equal(second.inbound?.recentLossRatio, 0.25);
  assert.equal(second.inbound.jitterBufferMs, 20);
  assert.equal(second.outbound?.recentLossRatio, 0.5);
});

test('[CLI42] an interval in which nothing was played keeps the last buffer delay', () => {
  const first = reduceStatistics(report());
  assert.equal(reduceStatistics(report(), first).inbound?.jitterBufferMs, 48);
});

test('[CLI42] silence that a browser made because nothing was sent is no concealment', () => {
  const received = (samples: object) => ({
    I1: { type: 'inbound-rtp', kind: 'audio', ...samples } satisfies WireObject,
  });
  const first = reduceStatistics(
    report(
      received({
        totalSamplesReceived: 48_000,
        concealedSamples: 24_480,
        silentConcealedSamples: 24_000,
      }),
    ),
  );
  assert.equal(first.inbound?.concealedRatio, 0.02);
  assert.equal(first.inbound.recentConcealedRatio, undefined);
  const second = reduceStatistics(
    report(
      received({
        totalSamplesReceived: 96_000,
        concealedSamples: 36_960,
        silentConcealedSamples: 36_000,
      }),
    ),
    first,
  );
  assert.equal(second.inbound?.recentConcealedRatio, 480 / 36_000);
});

test('[CLI41] an IPv6 address stands in brackets before its port', () => {
  const R1 = { type: 'remote-candidate', candidateType: 'host', address: 'fd00::2', port: 3478 };
  assert.equal(reduceStatistics(report({ R1 })).path?.remoteAddress, '[fd00::2]:3478');
});
