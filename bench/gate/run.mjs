// What deciding on a caller costs: by server key, by client secret, and for callers that are refused. No sockets.
//
// `--json` gives raw samples, versions and the machine.
import { cpus } from 'node:os';
import { keyDigest } from '../../packages/server/dist/auth/key-digest.js';
import { AccessBench, NO_GRANTS } from '../../packages/server/dist/testing/access-bench.js';
import { readOptions } from '../options.mjs';

const { values } = readOptions(import.meta.url, {
  options: { json: { type: 'boolean', default: false } },
});

const COUNT = 2_000;
const WARM_UP_COUNT = 500;

const fileKeys = Array.from({ length: 1_000 }, (_, index) => ({
  id: `key_${index}`,
  label: 'A key',
  digest: keyDigest(`key-${index}`),
  scopes: ['admin'],
  expiresAtS: undefined,
  isRevoked: false,
}));
const one = new AccessBench({ serverKeys: ['key'] });
const many = new AccessBench({ fileKeys });
const session = { type: 'realtime', instructions: 'x'.repeat(2_000) };

async function mint() {
  const grants = { ...NO_GRANTS, session };
  const made = await one.maker.make({ key: one.keys.find('key') }, { grants, ttlS: 600 });
  return made.secret.value;
}

const secret = await mint();
const cases = {
  'server key, one of 1': () => admit(one, 'key'),
  'server key, one of 1,000': () => admit(many, 'key-999'),
  'client secret, 2,000 characters of instructions': () => admit(one, secret),
  'client secret, edited: refused': () => admit(one, `${secret.slice(0, -4)}AAAA`),
  'client secret, a megabyte: refused': () => admit(one, `ek_${'A'.repeat(2 ** 20)}`),
  'making a client secret': mint,
};

async function admit(bench, key) {
  const headers = { host: 'localhost', authorization: `Bearer ${key}` };
  return bench.gate.admit({ headers, remoteAddress: '127.0.0.1', isTls: false }, 'sessions');
}

async function measure(action) {
  for (let count = 0; count < WARM_UP_COUNT; count += 1) await action();
  const samplesUs = [];
  for (let count = 0; count < COUNT; count += 1) {
    const startMs = performance.now();
    await action();
    samplesUs.push((performance.now() - startMs) * 1_000);
  }
  return samplesUs.sort((left, right) => left - right);
}

const results = {};
for (const [name, action] of Object.entries(cases)) results[name] = await measure(action);

if (values.json) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  process.stdout.write(`${JSON.stringify({ machine, samplesUs: results })}\n`);
} else {
  console.log(`${'caller'.padEnd(50)} ${'p50 µs'.padStart(8)} ${'p99 µs'.padStart(8)}`);
  for (const [name, samplesUs] of Object.entries(results)) {
    const at = (share) => (samplesUs[Math.floor(samplesUs.length * share)] ?? 0).toFixed(0);
    console.log(`${name.padEnd(50)} ${at(0.5).padStart(8)} ${at(0.99).padStart(8)}`);
  }
}
