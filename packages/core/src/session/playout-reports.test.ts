import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount, type PlayoutReport } from '@prism/protocol';
import { PlayoutReports } from '../playout/playout-reports.ts';
import { SessionBench } from '../testing/index.ts';
import type { MonotonicMs } from '../time/clock.ts';

const REPORT: PlayoutReport = {
  type: 'prism.playout.report',
  ssrc: 1,
  rtp_timestamp: 2,
  client_time_ms: 100,
};

suite('playout reports', () => {
  test('[REP1] a report is taken by Prism and does not go upstream', () => {
    const bench = SessionBench.live();
    bench.client(REPORT);
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(bench.toController, []);
    assert.equal(bench.session.describe()['playoutReports'], 1);
  });

  test('[REP1] [REP2] what is no report is answered, and does not go upstream', () => {
    const bench = SessionBench.live();
    bench.client({ ...REPORT, ssrc: 'x', event_id: 'e1' });
    bench.client({ type: 'prism.unknown' });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(
      bench.toController.map(({ error }) => (error as { code: string }).code),
      ['invalid_event', 'invalid_event'],
    );
    assert.equal(bench.session.describe()['playoutReports'], 0);
  });

  test('[REP4] only the client of a call that plays over WebRTC may report', () => {
    const call = SessionBench.live();
    const sidebandId = controllerIdFromCount(2);
    call.post({ type: 'controller.opened', controllerId: sidebandId, role: 'sideband' });
    call.client(REPORT, sidebandId);
    const socket = SessionBench.live({ audio: 'socket' });
    socket.client({ ...REPORT, event_id: 'e7' });
    for (const bench of [call, socket]) {
      assert.equal(bench.session.describe()['playoutReports'], 0);
      assert.deepEqual(bench.toUpstream, []);
      assert.deepEqual(bench.toControllerTypes, ['error']);
    }
    assert.match(JSON.stringify(socket.toController), /"event_id":"e7"/);
  });

  test('[REP3] the newest by the clock of the client counts', () => {
    const reports = new PlayoutReports();
    reports.receive({ ...REPORT, rtp_timestamp: 5 }, 10 as MonotonicMs);
    reports.receive({ ...REPORT, client_time_ms: 99 }, 20 as MonotonicMs);
    assert.deepEqual(reports.latest, {
      report: { ...REPORT, rtp_timestamp: 5 },
      receivedAtMs: 10,
    });
    assert.equal(reports.staleCount, 1);
    reports.receive({ ...REPORT, client_time_ms: 101 }, 30 as MonotonicMs);
    assert.equal(reports.latest?.receivedAtMs, 30);
    assert.equal(reports.receivedCount, 3);
  });
});
