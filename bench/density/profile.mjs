// Where a thread's CPU went, by parts of it, from a profile of the inspector.

/** By function and file, the first that fits; what fits `undefined` is no work. */
const PARTS = [
  [/^\(idle\)/, undefined],
  // The profiler's own.
  [/^dispatch :/, undefined],
  [/^\(garbage collector\)/, 'garbage collection'],
  [/^\(program\)/, 'outside of JavaScript'],
  [/wasm|opus|^encode |^decode /i, 'Opus'],
  [/^sendMessageBinary|node-datachannel|dist\/webrtc\//, 'WebRTC stack'],
  [/server\/dist\/ice\/|dgram|^send6? :/, 'media port'],
  [/^write(v|Buffer|Latin1String|Utf8String)? :/, 'socket writes'],
  [/node_modules\/ws\//, 'ws'],
  [/core\/dist\/turn-taking/, 'turn-taking (core)'],
  [/core\/dist\//, 'the rest of core'],
  [/protocol\/dist\//, 'protocol'],
  [/server\/dist\//, 'the rest of server'],
  [/node:/, 'Node'],
];

/** `[{ part, share }]` of the busy time, largest first. */
export function profileParts(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const spentUs = new Map();
  for (const [place, id] of profile.samples.entries()) {
    const { functionName, url } = nodes.get(id);
    const name = `${functionName} ${url}:`;
    const found = PARTS.find(([pattern]) => pattern.test(name));
    const part = found === undefined ? 'other native code' : found[1];
    if (part === undefined) continue;
    spentUs.set(part, (spentUs.get(part) ?? 0) + profile.timeDeltas[place]);
  }
  const totalUs = [...spentUs.values()].reduce((sum, us) => sum + us, 0);
  return [...spentUs]
    .map(([part, us]) => ({ part, share: us / totalUs }))
    .sort((one, other) => other.share - one.share);
}
