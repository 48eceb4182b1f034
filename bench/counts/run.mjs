// What packets and messages cost, in counts (targets T6, T11): `node bench/counts/run.mjs [--json FILE]`.
//
// The counts that `npm test -- counts` gates, taken in the same way, beside their limits: they come out alike on any
// machine, busy or not.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { COUNT_LIMITS } from '../../test/dist/harness/counts/count-limits.js';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';

const { values } = readOptions(import.meta.url, { options: JSON_OPTION });
const outcome = beginOutcome('counts', values.json);
const YOUNG_MB = 64;

const script = new URL('../../test/dist/harness/counts/packet-counts-process.js', import.meta.url);
const child = fork(script, {
  execArgv: [
    '--expose-gc',
    '--single-threaded',
    `--min-semi-space-size=${YOUNG_MB}`,
    `--max-semi-space-size=${YOUNG_MB}`,
  ],
});
const [counts] = await once(child, 'message');

const rows = Object.entries(counts).map(([name, value]) => {
  const { what, max } = COUNT_LIMITS[name];
  return { name, what, value, max };
});
console.table(
  rows.map(({ what, value, max }) => ({ what, counted: Number(value.toFixed(2)), 'at most': max })),
);
outcome.write({ counts, rows });
