import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { latencyLines, latencyReport } from './latency-report.ts';
import type { LatencyTrial } from './latency-trial.ts';
import { loadLines, loadReport } from './load-report.ts';
import type { LoadTally } from './load-trial.ts';

const NO_THRESHOLDS = { setupP95Ms: undefined, turnP95Ms: undefined, lossPercent: undefined };
const WHAT = {
  url: 'http://localhost:1',
  at: '2026-01-01T00:00:00.000Z',
  isCoded: false,
  isStopped: false,
};
const SETUP = { answeredMs: 5, connectedMs: 20, channelMs: 22, sessionMs: 30 };
const TURN = { speechStoppedMs: 500, responseCreatedMs: 510, firstPacketMs: 530, audibleMs: 550 };
const NETWORK = {
  packetsSent: 100,
  packetsReceived: 90,
  packetsLost: 10,
  jitterMs: 2,
  packetsLostAtServer: 1,
};
const NOTHING: LatencyTrial = {
  setups: [],
  turns: [],
  failures: [],
  networks: [],
  answers: [],
  transcripts: [],
};

suite('a latency report', () => {
  test('[TRI3] what was not measured is missing, not 0', () => {
    const report = latencyReport(NOTHING, WHAT, NO_THRESHOLDS);
    assert.equal(report.turnMs.audibleMs, undefined);
    assert.equal(report.network.sentLostPercent, undefined);
    const lines = latencyLines(report);
    assert.ok(lines.some((line) => /first sound +-$/.test(line)));
    assert.ok(lines.some((line) => line.includes('lost unknown')));
    assert.equal(report.network.receivedLostPercent, undefined);
    assert.ok(lines.includes('received  0 packets, lost unknown, since nothing came'));
    const silent = { ...NETWORK, packetsReceived: 0, packetsLost: 0, jitterMs: 0 };
    const { network } = latencyReport({ ...NOTHING, networks: [silent] }, WHAT, NO_THRESHOLDS);
    assert.deepEqual([network.receivedLostPercent, network.jitterMs], [undefined, undefined]);
  });

  test('[TRI4] a threshold is missed when more was seen, or nothing', () => {
    const trial = { ...NOTHING, setups: [SETUP], turns: [TURN], networks: [NETWORK] };
    const met = { setupP95Ms: 30, turnP95Ms: 550, lossPercent: 10 };
    assert.deepEqual(latencyReport(trial, WHAT, met).missed, []);
    const missed = { setupP95Ms: 29, turnP95Ms: 549, lossPercent: 9.9 };
    assert.deepEqual(latencyReport(trial, WHAT, missed).missed, [
      'set-up p95, ms: 30.0, at most 29 asked',
      'turn p95, ms: 550.0, at most 549 asked',
      'loss of what was received, %: 10.0, at most 9.9 asked',
    ]);
    const nothing = latencyReport({ ...trial, turns: [] }, WHAT, met);
    assert.deepEqual(nothing.missed, ['turn p95, ms: nothing was measured, 550 asked']);
    const unreported = { ...NETWORK, packetsLostAtServer: undefined };
    const untold = latencyReport({ ...trial, networks: [unreported] }, WHAT, met);
    assert.deepEqual(untold.missed, ['loss of what was sent, %: nothing was measured, 10 asked']);
  });
});

suite('a load report', () => {
  const tally: LoadTally = {
    setups: [SETUP, SETUP],
    turns: [TURN],
    failures: [
      { code: 'session_limit_reached', message: 'Full.', afterMs: 4 },
      { code: 'session_limit_reached', message: 'Full.', afterMs: 6 },
      { code: 'no_answer', message: 'None.', afterMs: 30_000 },
    ],
    networks: [NETWORK],
    live: 0,
    liveMax: 2,
    dropped: 1,
  };
  const asked = { calls: 3, rampMs: 0, durationMs: 1_000 };
  const calm = { cpuRatio: 0.5, tickLatenessMs: { count: 9, p50: 1, p95: 2, p99: 3, max: 40 } };

  test('[TRI7] failures are counted by code, with the message of the first and the time until they were told', () => {
    const { failures } = loadReport(tally, { ...WHAT, asked }, calm);
    assert.deepEqual(Object.keys(failures), ['session_limit_reached', 'no_answer']);
    assert.equal(failures['session_limit_reached']?.count, 2);
    assert.equal(failures['session_limit_reached']?.afterMs.max, 6);
    const lines = loadLines(loadReport(tally, { ...WHAT, asked }, calm));
    assert.ok(lines.includes('  Full.') && lines.includes('  None.'));
  });

  test('[TRI3] what was not measured is missing, not 0', () => {
    const report = loadReport({ ...tally, networks: [] }, { ...WHAT, asked }, calm);
    assert.equal(report.packetsReceivedLostPercent, undefined);
    assert.ok(loadLines(report).some((line) => /^packets lost +nothing measured$/.test(line)));
  });

  test('[TRI8] it is void when the process that called was late or busy, and says so', () => {
    assert.deepEqual(loadReport(tally, { ...WHAT, asked }, calm).void, []);
    const late = { cpuRatio: 0.95, tickLatenessMs: { ...calm.tickLatenessMs, p99: 11 } };
    const report = loadReport(tally, { ...WHAT, asked }, late);
    assert.equal(report.void.length, 2);
    assert.equal(loadLines(report).filter((line) => line.startsWith('void: ')).length, 2);
  });
});
