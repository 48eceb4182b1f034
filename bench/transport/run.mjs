// CPU of a call's transport: `node bench/transport/run.mjs [--calls 100,300] [--seconds 6] [--rounds 3] [--base DIR]
// [--peers janus,werift|none] [--json FILE]`.
//
// Calls send 50 packets of 80 bytes a second and get each back: ICE, DTLS-SRTP and sockets both ways, no codec, no
// session. The arms take turns: `front`, the media port with the stack behind it; `stack`, the stack with its own ICE on
// one UDP port, which is what the media port costs more than; Janus' echo test and an echo with werift, which get a third
// of the calls, since they are at their end sooner; and with `--base DIR`, the media port of another checkout, built. The
// clients are a process of their own. Printed: CPU of the server's process per call, as a share of one core, and per packet; and with two or more numbers of calls what each call more costs, from the fewest to the most: the goal
// of T5 is 0.22 %. It wants a machine that has a core for each of both processes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readOptions } from '../options.mjs';
import { beginOutcome, JSON_OPTION } from '../outcome.mjs';
import { cpuSeconds } from '../process-usage.mjs';
import { openProfiler, printProfile } from '../profile/profiler.mjs';
import { median } from '../samples.mjs';
import { ask } from './ask.mjs';
import { startEchoer } from './echoers.mjs';

const { values } = readOptions(import.meta.url, {
  options: {
    calls: { type: 'string', default: '100,300' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    base: { type: 'string' },
    peers: { type: 'string', default: 'janus,werift' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('transport', values.json);
const CALL_COUNTS = values.calls.split(',').map(Number);
const PEER_CALL_COUNTS = CALL_COUNTS.map((count) => Math.ceil(count / 3));
const here = resolve(import.meta.dirname, '../..');
const ARMS = [
  { name: 'front', kind: 'front', checkout: here },
  { name: 'stack', kind: 'stack', checkout: here },
  ...values.peers
    .split(',')
    .filter((name) => name !== 'none')
    .map((name) => ({ name, kind: name, callCounts: PEER_CALL_COUNTS })),
  ...(values.base ? [{ name: 'base front', kind: 'front', checkout: resolve(values.base) }] : []),
];
/** Of what the calls should have sent; with less the clients' process is at its end. */
const SENT_SHARE_MIN = 0.95;
const lapse = () => pause(Number(values.seconds) * 1_000);
const problems = new Map();
const versions = {};

/** Calls that are connected and talk: their process. */
async function connectCalls(server, callCount) {
  const clients = fork(new URL('clients.mjs', import.meta.url));
  const bindAddress = server.isRemote ? undefined : '127.0.0.1';
  for (let id = 0; id < callCount; id += 1) {
    const offer = await ask(clients, { type: 'open', id, bindAddress }, 'offer');
    clients.send(await server.answer(offer));
  }
  for (let open = 0; open < callCount; ) {
    await pause(100);
    ({ open } = await ask(clients, { type: 'count' }, 'counts'));
  }
  clients.send({ type: 'talk' });
  await pause(1_500);
  return clients;
}

/** What the calls cost while `during` goes on; undefined of a peer that isn't there. */
async function measure(arm, callCount, { env, during } = { during: lapse }) {
  const server = await startEchoer(arm, env);
  if (server.problem !== undefined) {
    problems.set(arm.name, server.problem);
    return undefined;
  }
  versions[arm.name] = server.version;
  const clients = await connectCalls(server, callCount);
  const atFirst = await ask(clients, { type: 'count' }, 'counts');
  const beforeUs = await server.usage();
  const clientsBefore = cpuSeconds(clients.pid);
  const startMs = performance.now();
  await during(server);
  const cpuUs = (await server.usage()) - beforeUs;
  const wallUs = (performance.now() - startMs) * 1_000;
  const clientsS = cpuSeconds(clients.pid) - clientsBefore;
  const { sent, received } = await ask(clients, { type: 'count' }, 'counts');
  clients.send({ type: 'end' });
  await Promise.all([once(clients, 'exit'), server.stop()]);
  const echoed = received - atFirst.received;
  return {
    corePercent: (100 * cpuUs) / wallUs,
    corePercentPerCall: (100 * cpuUs) / wallUs / callCount,
    // In and out again.
    cpuUsPerEcho: cpuUs / echoed,
    // The share of what the calls should have sent, so that a starved generator shows.
    sentShare: (sent - atFirst.sent) / ((wallUs / 20_000) * callCount),
    receivedShare: echoed / (sent - atFirst.sent),
    clientsCore: (clientsS * 1e6) / wallUs,
  };
}

const cases = ARMS.flatMap((arm) =>
  (arm.callCounts ?? CALL_COUNTS).map((callCount) => ({ arm, callCount, samples: [] })),
);
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const { arm, callCount, samples } of round % 2 === 0 ? cases : [...cases].reverse())
    if (!problems.has(arm.name)) samples.push(await measure(arm, callCount));
}

const rows = cases
  .filter(({ arm }) => !problems.has(arm.name))
  .map(({ arm, callCount, samples }) => ({
    name: arm.name,
    callCount,
    ...Object.fromEntries(
      Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))]),
    ),
  }));
const [fewest, most] = [Math.min(...CALL_COUNTS), Math.max(...CALL_COUNTS)];
const slopes = ARMS.filter(({ name }) => !problems.has(name)).map(({ name }) => {
  const own = rows.filter((row) => row.name === name);
  const [few, many] = [own.at(0), own.at(-1)];
  const corePercentPerCall =
    (many.corePercent - few.corePercent) / (many.callCount - few.callCount);
  return { name, corePercentPerCall };
});

console.log(`medians of ${values.rounds} rounds`);
console.log('arm          calls   core per call   CPU per echo   sent   came back   clients: core');
for (const row of rows) {
  console.log(
    [
      row.name.padEnd(12),
      `${row.callCount}`.padStart(5),
      `${row.corePercentPerCall.toFixed(3)} %`.padStart(15),
      `${row.cpuUsPerEcho.toFixed(1)} µs`.padStart(14),
      `${(100 * row.sentShare).toFixed(0)} %`.padStart(8),
      `${(100 * row.receivedShare).toFixed(1)} %`.padStart(11),
      `${(100 * row.clientsCore).toFixed(0)} %`.padStart(15),
    ].join(' '),
  );
}
if (most > fewest) {
  for (const { name, corePercentPerCall } of slopes)
    console.log(
      `${name.padEnd(12)} ${corePercentPerCall.toFixed(3)} % of a core for each call more`,
    );
}

for (const [name, problem] of problems) console.log(`${name}: ${problem}`);
const profiler = openProfiler();
const profiled = Math.min(...CALL_COUNTS);
let profile;
await measure(ARMS[0], profiled, {
  env: profiler.env,
  during: async (server) => {
    profile = await profiler.take(`${profiled} echoing calls`, server.signal, lapse);
  },
});
profiler.close();
printProfile(profile);
const isVoid = rows.some(({ sentShare }) => sentShare < SENT_SHARE_MIN);
if (isVoid)
  console.log('Void: the clients were late themselves. Measure again on a quiet machine.');
outcome.write({
  isVoid,
  voidBecause: 'the process of the clients sent too little',
  versions,
  profile,
  rows,
  slopes,
  raw: cases.map(({ arm, callCount, samples }) => ({ name: arm.name, callCount, samples })),
});
