// CPU of a call's transport: `node bench/transport/run.mjs [--calls 100,300] [--seconds 6] [--rounds 3] [--base DIR]
// [--json FILE]`.
//
// Calls send 50 packets of 80 bytes a second and get each back: ICE, DTLS-SRTP and sockets both ways, no codec, no
// session. The arms take turns: `front`, the media port with the stack behind it; `stack`, the stack with its own ICE on
// one UDP port, which is what the media port costs more than; and with `--base DIR`, the media port of another checkout,
// built. The clients are a process of their own. Printed: CPU of the server's process per call, as a share of one core,
// and per packet; and with two or more numbers of calls what each call more costs, from the fewest to the most: the goal
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

const { values } = readOptions(import.meta.url, {
  options: {
    calls: { type: 'string', default: '100,300' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    base: { type: 'string' },
    ...JSON_OPTION,
  },
});
const outcome = beginOutcome('transport', values.json);
const CALL_COUNTS = values.calls.split(',').map(Number);
const here = resolve(import.meta.dirname, '../..');
const ARMS = [
  { name: 'front', kind: 'front', checkout: here },
  { name: 'stack', kind: 'stack', checkout: here },
  ...(values.base ? [{ name: 'base front', kind: 'front', checkout: resolve(values.base) }] : []),
];
const PORT = 42_170;
/** Of what the calls should have sent; with less the clients' process is at its end. */
const ECHOED_SHARE_MIN = 0.95;

async function ask(child, message, type) {
  const told = new Promise((done) => {
    const listen = (reply) => {
      if (reply.type !== type) return;
      child.off('message', listen);
      done(reply);
    };
    child.on('message', listen);
  });
  child.send(message);
  return told;
}

async function measure({ kind, checkout }, callCount, profiler) {
  const server = fork(new URL('serve.mjs', import.meta.url), [kind, checkout, `${PORT}`], {
    env: { ...process.env, ...profiler?.env },
  });
  await once(server, 'message');
  const clients = fork(new URL('clients.mjs', import.meta.url));
  for (let id = 0; id < callCount; id += 1) {
    const offer = await ask(clients, { type: 'open', id }, 'offer');
    const answer = await ask(server, offer, 'answer');
    clients.send(answer);
  }
  for (let open = 0; open < callCount; ) {
    await pause(100);
    ({ open } = await ask(clients, { type: 'count' }, 'counts'));
  }
  clients.send({ type: 'talk' });
  await pause(1_500);
  const before = await ask(server, { type: 'usage' }, 'usage');
  const clientsBefore = cpuSeconds(clients.pid);
  const startMs = performance.now();
  const lapse = () => pause(Number(values.seconds) * 1_000);
  const profile = await (profiler === undefined
    ? lapse()
    : profiler.take(`${callCount} echoing calls`, () => server.kill('SIGUSR2'), lapse));
  const after = await ask(server, { type: 'usage' }, 'usage');
  const wallUs = (performance.now() - startMs) * 1_000;
  const clientsS = cpuSeconds(clients.pid) - clientsBefore;
  const { sent, received } = await ask(clients, { type: 'count' }, 'counts');
  clients.send({ type: 'end' });
  server.kill('SIGKILL');
  await Promise.all([once(clients, 'exit'), once(server, 'exit')]);
  if (profiler !== undefined) return profile;
  const cpuUs = after.cpuUs - before.cpuUs;
  const echoed = after.echoed - before.echoed;
  return {
    corePercent: (100 * cpuUs) / wallUs,
    corePercentPerCall: (100 * cpuUs) / wallUs / callCount,
    // In and out again.
    cpuUsPerEcho: cpuUs / echoed,
    // The share of what the calls should have sent, so that a starved generator shows.
    echoedShare: echoed / ((wallUs / 20_000) * callCount),
    receivedShare: received / sent,
    clientsCore: (clientsS * 1e6) / wallUs,
  };
}

const cases = ARMS.flatMap((arm) =>
  CALL_COUNTS.map((callCount) => ({ arm, callCount, samples: [] })),
);
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const { arm, callCount, samples } of round % 2 === 0 ? cases : [...cases].reverse())
    samples.push(await measure(arm, callCount));
}

const rows = cases.map(({ arm, callCount, samples }) => ({
  name: arm.name,
  callCount,
  ...Object.fromEntries(
    Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))]),
  ),
}));
const [fewest, most] = [Math.min(...CALL_COUNTS), Math.max(...CALL_COUNTS)];
const slopes = ARMS.map(({ name }) => {
  const coreAt = (count) =>
    rows.find((row) => row.name === name && row.callCount === count).corePercent;
  return { name, corePercentPerCall: (coreAt(most) - coreAt(fewest)) / (most - fewest) };
});

console.log(`medians of ${values.rounds} rounds`);
console.log(
  'arm          calls   core per call   CPU per echo   echoed   came back   clients: core',
);
for (const row of rows) {
  console.log(
    [
      row.name.padEnd(12),
      `${row.callCount}`.padStart(5),
      `${row.corePercentPerCall.toFixed(3)} %`.padStart(15),
      `${row.cpuUsPerEcho.toFixed(1)} µs`.padStart(14),
      `${(100 * row.echoedShare).toFixed(0)} %`.padStart(8),
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

const profiler = openProfiler();
const profile = await measure(ARMS[0], Math.min(...CALL_COUNTS), profiler);
profiler.close();
printProfile(profile);
const isVoid = rows.some(({ echoedShare }) => echoedShare < ECHOED_SHARE_MIN);
if (isVoid)
  console.log('Void: the clients were late themselves. Measure again on a quiet machine.');
outcome.write({
  isVoid,
  voidBecause: 'the process of the clients sent too little',
  profile,
  rows,
  slopes,
  raw: cases.map(({ arm, callCount, samples }) => ({ name: arm.name, callCount, samples })),
});
