// What SRTP costs per packet: `node bench/srtp/run.mjs [--packets 50000] [--payload 80] [--rounds 6] [--json FILE]`.
//
// Packets of one source in order are protected and opened by Prism, in turn (ABBA) with the same cryptography in plain
// calls of node:crypto, an object or two for each packet and nothing around them: no index, no replay window, no IV.
// Printed, medians: CPU per packet, garbage collection with it, and bytes of JavaScript heap allocated per packet. Each
// measurement is a process of its own with a young generation that needs no collection while the heap is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { median } from '../samples.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    packets: { type: 'string', default: '50000' },
    payload: { type: 'string', default: '80' },
    rounds: { type: 'string', default: '6' },
    ...JSON_OPTION,
  },
});

const PROFILES = ['aes128_cm_sha1_80', 'aead_aes_128_gcm', 'aead_aes_256_gcm'];
const SUBJECTS = ['Prism', 'node:crypto'];
const CASES = PROFILES.flatMap((profile) =>
  ['in', 'out'].map((direction) => ({ profile, direction })),
);

const outcome = beginOutcome('srtp', values.json);

async function measure(subject, { profile, direction }) {
  const args = [subject, profile, direction, values.packets, values.payload];
  const child = fork(new URL('measure.mjs', import.meta.url), args, {
    execArgv: ['--expose-gc', '--max-semi-space-size=32', '--min-semi-space-size=32'],
  });
  const [result] = await once(child, 'message');
  await once(child, 'exit');
  return result;
}

const raw = CASES.map((each) => ({ ...each, samples: { Prism: [], 'node:crypto': [] } }));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const each of raw) {
    for (const subject of round % 2 === 0 ? SUBJECTS : [...SUBJECTS].reverse())
      each.samples[subject].push(await measure(subject, each));
  }
}

const rows = raw.map(({ profile, direction, samples }) => {
  const of = (subject, name) => Math.round(median(samples[subject].map((sample) => sample[name])));
  return {
    profile,
    direction,
    cpuNs: of('Prism', 'cpuNs'),
    plainCpuNs: of('node:crypto', 'cpuNs'),
    heapBytes: of('Prism', 'heapBytes'),
    plainHeapBytes: of('node:crypto', 'heapBytes'),
  };
});

const head = ['SRTP, per packet', 'ns of CPU', 'plain', 'ratio', 'heap bytes', 'plain'];
const line = (cells) =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(11))).join('');
console.log(line(head));
for (const row of rows) {
  const { profile, direction, cpuNs, plainCpuNs, heapBytes, plainHeapBytes } = row;
  const ratio = (cpuNs / plainCpuNs).toFixed(2);
  const cells = [cpuNs, plainCpuNs, ratio, heapBytes, plainHeapBytes].map(String);
  console.log(line([`${profile} ${direction}`, ...cells]));
}
outcome.write({ payloadBytes: Number(values.payload), rows, raw });
