import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionBench, someTool } from '@prism/core/testing';
import { RunnerBench } from '../../testing/runner-bench.ts';
import { SNAPSHOT_COUNTERS, SNAPSHOT_GAUGES, UNCOUNTED } from './snapshot-counters.ts';

/** What a client may report, and a snapshot then has. */
const REPORTED = [
  'media.outbound.packetsLost',
  'media.outbound.fractionLost',
  'media.outbound.jitterMs',
  'media.rttMs',
  'peer.rttMs',
  'listenerRttMs',
  'echoDelayMs',
  'echoLevelDb',
];

/** Paths of all numbers in it, lists left out. */
function numberPaths(value: object, before = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = `${before}${name}`;
    if (typeof member === 'number') return [path];
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return [];
    return numberPaths(member, `${path}.`);
  });
}

suite('snapshot counters', () => {
  test('[MET3] every number of a session is a metric, or says why it is none; and none is made up', () => {
    const call = new RunnerBench();
    call.connect();
    const paths = new Set([
      ...numberPaths(call.runner.describe()),
      ...numberPaths(SessionBench.live({ tools: [someTool('weather')] }).session.describe()),
      ...numberPaths(SessionBench.live({ audio: 'socket', pacingLeadMs: 100 }).session.describe()),
      ...REPORTED,
    ]);
    const counted = [...SNAPSHOT_COUNTERS, ...SNAPSHOT_GAUGES].map(({ path }) => path);
    const known = new Set([...counted, ...Object.keys(UNCOUNTED)]);
    assert.deepEqual(
      [...paths].filter((path) => !known.has(path) && !known.has(path.split('.')[0] ?? '')),
      [],
      'counted nowhere',
    );
    assert.deepEqual(
      counted.filter((path) => !paths.has(path)),
      [],
      'in no snapshot',
    );
  });

  test('[MET3] no number is counted twice', () => {
    const paths = SNAPSHOT_COUNTERS.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
  });
});
