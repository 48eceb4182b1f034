// Where a thread's CPU went, by parts of it, from a profile of the inspector.

/**
 * V8 names a native function by its address, which all functions of all addons share: the last addon that was loaded gives
 * its name to every call into one.
 */
const ADDON = /^(?:WebSocketServer|decoder|libsql_js\S*) :/;

/** By function and file, the first that fits; what fits `undefined` is no work. */
const PARTS = [
  [/^\(idle\)/, undefined],
  // The profiler's own.
  [/^dispatch :/, undefined],
  [/^\(garbage collector\)/, 'garbage collection'],
  [/^\(program\)/, 'outside of JavaScript'],
  [ADDON, 'addons: WebRTC stack, native Opus, SQLite'],
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

/** Microseconds by what `nameOf` makes of a node's call frame; what it makes undefined of is no work. */
function spentBy(profile, nameOf) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const spentUs = new Map();
  for (const [place, id] of profile.samples.entries()) {
    const name = nameOf(nodes.get(id));
    if (name === undefined) continue;
    spentUs.set(name, (spentUs.get(name) ?? 0) + profile.timeDeltas[place]);
  }
  return [...spentUs].sort(([, one], [, other]) => other - one);
}

function partOf({ functionName, url }) {
  const name = `${functionName} ${url}:`;
  const found = PARTS.find(([pattern]) => pattern.test(name));
  return found === undefined ? 'other native code' : found[1];
}

/** `[{ part, share }]` of the busy time, largest first. */
export function profileParts(profile) {
  const spent = spentBy(profile, partOf);
  const totalUs = spent.reduce((sum, [, us]) => sum + us, 0);
  return spent.map(([part, us]) => ({ part, share: us / totalUs }));
}

/** The functions with most time of their own, `[{ name, file, share }]` of the busy time, largest first. */
export function profileFunctions(profile, count = 12) {
  const shownOf = (frame) => {
    if (partOf(frame) === undefined) return undefined;
    const file = frame.url.replace(/^.*\/(?=(?:packages|bench|test|node_modules)\/)/, '');
    const isAddon = ADDON.test(`${frame.functionName} ${frame.url}:`);
    return JSON.stringify([isAddon ? '(addon)' : frame.functionName || '(anonymous)', file]);
  };
  const spent = spentBy(profile, shownOf);
  const totalUs = spent.reduce((sum, [, us]) => sum + us, 0);
  return spent.slice(0, count).map(([key, us]) => {
    const [name, file] = JSON.parse(key);
    return { name, file, share: us / totalUs };
  });
}

/** What a table's JSON holds of a profile: `{ what, busyShare, parts, functions }`. */
export function foldProfile(profile, what) {
  const wholeUs = profile.timeDeltas.reduce((sum, us) => sum + us, 0);
  const busyUs = spentBy(profile, partOf).reduce((sum, [, us]) => sum + us, 0);
  return {
    what,
    busyShare: busyUs / wholeUs,
    parts: profileParts(profile),
    functions: profileFunctions(profile),
  };
}
