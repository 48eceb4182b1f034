import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mergedCapacity, mergedReadiness } from './merge-statuses.ts';
import type { WorkerStatus } from './messages.ts';

const IDLE: WorkerStatus = {
  placeCount: 0,
  placeMax: 100,
  liveCount: 0,
  isTaking: true,
  isDraining: false,
  load: 0,
  parts: { sessions: 0, cpu: 0, event_loop: 0, media_tick: 0 },
  reasons: [],
  notReadyBecause: [],
  warnings: [],
};

function status(change: Partial<WorkerStatus>): WorkerStatus {
  return { ...IDLE, ...change };
}

suite('several workers as one server', () => {
  test('[WRK8] places add up, CPU is the mean, lateness the highest, and one that takes sessions is enough', () => {
    const full = status({
      placeCount: 100,
      isTaking: false,
      parts: { sessions: 1, cpu: 0.9, event_loop: 0.5, media_tick: 0.1 },
      reasons: ['sessions'],
    });
    const capacity = mergedCapacity([full, status({ placeCount: 20 })]);
    assert.deepEqual([capacity.live, capacity.max, capacity.reasons], [120, 200, []]);
    assert.deepEqual(capacity.parts, {
      sessions: 0.6,
      cpu: 0.45,
      event_loop: 0.5,
      media_tick: 0.1,
    });
    assert.equal(capacity.load, 0.6);
    assert.deepEqual(mergedCapacity([full, full]).reasons, ['sessions']);
    assert.equal(mergedCapacity([]).max, 0);
  });

  test('[WRK8] a server is ready while one worker is, and says what the others lack', () => {
    const broken = status({ notReadyBecause: ['the engine has stopped'], isTaking: false });
    const readiness = mergedReadiness(
      new Map([
        [0, broken],
        [2, status({ warnings: ['no keys'] })],
      ]),
      3,
    );
    assert.deepEqual(readiness, {
      notReadyBecause: [],
      warnings: ['no keys', 'worker 1: not there', 'worker 0: the engine has stopped'],
    });
    const none = mergedReadiness(
      new Map([
        [0, broken],
        [1, broken],
      ]),
      2,
    );
    assert.deepEqual(none, { notReadyBecause: ['the engine has stopped'], warnings: [] });
  });

  test('[WRK10] one worker that drains is a server that does', () => {
    const draining = status({ isDraining: true, isTaking: false, notReadyBecause: ['draining'] });
    const statuses = new Map([
      [0, draining],
      [1, IDLE],
    ]);
    assert.deepEqual(mergedReadiness(statuses, 2).notReadyBecause, ['draining']);
  });
});
