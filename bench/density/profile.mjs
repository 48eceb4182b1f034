// Where a process' CPU went, by parts of it: reads what `--cpu-prof` wrote of its main thread.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PARTS = [
  [/^\(idle\)/, undefined],
  [/^\(garbage collector\)/, 'garbage collection'],
  [/^\(program\)/, 'outside of JavaScript'],
  [/wasm|opus/i, 'Opus'],
  [/^sendMessageBinary|node-datachannel/, 'WebRTC stack'],
  [/packages\/server\/dist\/ice|^send .*dgram|dgram/, 'datagrams'],
  [
    /^write(v|Buffer|Latin1String|Utf8String)? :|^writeUtf8String|^writeLatin1String/,
    'socket writes',
  ],
  [/node_modules\/ws\//, 'ws'],
  [/packages\/core\/dist\/turn-taking/, 'turn-taking (core)'],
  [/packages\/core\//, 'the rest of core'],
  [/packages\/protocol\//, 'protocol'],
  [/packages\/server\//, 'the rest of server'],
  [/node:/, 'Node'],
];

/** `[{ part, share }]`, largest first, over the last `seconds` but two of the longest profile in a folder. */
export function profileParts(folder, seconds) {
  const profiles = readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const [main] = profiles.sort((one, other) => other.nodes.length - one.nodes.length);
  if (main === undefined) return [];
  const nodes = new Map(main.nodes.map((node) => [node.id, node.callFrame]));
  const fromUs = main.endTime - (seconds - 2) * 1e6;
  const untilUs = main.endTime - 1e6;
  const spentUs = new Map();
  let atUs = main.startTime;
  for (const [place, id] of main.samples.entries()) {
    atUs += main.timeDeltas[place];
    if (atUs < fromUs || atUs > untilUs) continue;
    const { functionName, url } = nodes.get(id);
    const name = `${functionName} ${url}:`;
    const found = PARTS.find(([pattern]) => pattern.test(name));
    const part = found === undefined ? 'other native code' : found[1];
    if (part === undefined) continue;
    spentUs.set(part, (spentUs.get(part) ?? 0) + main.timeDeltas[place]);
  }
  const totalUs = [...spentUs.values()].reduce((sum, us) => sum + us, 0);
  return [...spentUs]
    .map(([part, us]) => ({ part, share: us / totalUs }))
    .sort((one, other) => other.share - one.share);
}
