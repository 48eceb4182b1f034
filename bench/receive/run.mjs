// What receiving one packet costs: `node bench/receive/run.mjs [--packets 20000] [--rounds 6] [--json]`.
//
// RTP packets go into the receive path, from bytes to what the decoder is asked, in turn (ABBA) with the receive path
// as it was before gaps were waited for (BASE, from git). The decoder is a stub, so that only our own work counts; one
// row has libopus for scale. Printed: CPU per packet, and bytes of JavaScript heap allocated per packet; the goal is
// 256 bytes at most. Each measurement is a process of its own with a young generation that needs no collection.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { readOptions } from '../options.mjs';
import { median } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    packets: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});

/** Subject, then what comes to it. */
const CASES = [
  ['base', 'in order'],
  ['new', 'in order'],
  ['base', '10 % lost'],
  ['new', '10 % lost'],
  ['new', 'RED, in order'],
  ['new', 'RED, 10 % lost'],
  ['new', 'G.711, in order'],
  ['base', 'in order, libopus'],
  ['new', 'in order, libopus'],
];

async function measure(subject, traffic) {
  const child = fork(new URL('measure.mjs', import.meta.url), [subject, traffic, values.packets], {
    execArgv: ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'],
  });
  const [result] = await once(child, 'message');
  await once(child, 'exit');
  return result;
}

const raw = new Map(CASES.map((one) => [one.join(': '), []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const one of round % 2 === 0 ? CASES : [...CASES].reverse())
    raw.get(one.join(': ')).push(await measure(...one));
}

const rows = [...raw].map(([name, samples]) => ({
  name,
  cpuNs: Math.round(median(samples.map(({ cpuNs }) => cpuNs))),
  heapBytes: Math.round(median(samples.map(({ heapBytes }) => heapBytes))),
}));

if (values.json) {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  process.stdout.write(
    `${JSON.stringify({ commit, machine, rows, raw: Object.fromEntries(raw) }, null, 2)}\n`,
  );
} else {
  console.log(
    'receive path: packets'.padEnd(28),
    'ns of CPU'.padStart(10),
    'heap bytes'.padStart(11),
  );
  for (const { name, cpuNs, heapBytes } of rows)
    console.log(name.padEnd(28), String(cpuNs).padStart(10), String(heapBytes).padStart(11));
}
