// Where a thread's CPU went, by parts of it, from a profile of the inspector.

/**
 * V8 names a native function by its address, which all functions of all addons share, so that one name stands for each call
 * into any of them. Whose it is says who called it.
 */
const ADDONS = [
  [/server\/dist\/webrtc\/|node-datachannel/, 'WebRTC stack'],
  [/server\/dist\/media\/|opus/i, 'Opus'],
  [/server\/dist\/storage\/|libsql/, 'SQLite'],
];

/** By function and file, the first that fits; what fits `undefined` is no work. */
const PARTS = [
  [/^\(idle\)/, undefined],
  // The profiler's own.
  [/^dispatch :/, undefined],
  [/^\(garbage collector\)/, 'garbage collection'],
  [/^\(program\)/, 'outside of JavaScript'],
  [/wasm|opus|^encode |^decode /i, 'Opus'],
  [
    /^sendMessageBinary|node-datachannel|dist\/webrtc\/|core\/dist\/(srtp|sctp|dtls)\//,
    'WebRTC stack',
  ],
  [/server\/dist\/ice\/|dgram|^send6? :/, 'media port'],
  [/^write(v|Buffer|Latin1String|Utf8String)? :/, 'socket writes'],
  [/node_modules\/ws\//, 'ws'],
  [/core\/dist\/turn-taking/, 'turn-taking (core)'],
  [/core\/dist\//, 'the rest of core'],
  [/protocol\/dist\//, 'protocol'],
  [/server\/dist\//, 'the rest of server'],
  [/node:/, 'Node'],
];

/** Call frames by node, each with that of its caller. */
function framesOf(profile) {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, { ...callFrame }]));
  for (const { id, children = [] } of profile.nodes)
    for (const child of children) frames.get(child).callerUrl = frames.get(id).url;
  return frames;
}

/** Microseconds by what `nameOf` makes of a node's call frame; what it makes undefined of is no work. */
function spentBy(profile, nameOf) {
  const frames = framesOf(profile);
  const spentUs = new Map();
  for (const [place, id] of profile.samples.entries()) {
    const name = nameOf(frames.get(id));
    if (name === undefined) continue;
    spentUs.set(name, (spentUs.get(name) ?? 0) + profile.timeDeltas[place]);
  }
  return [...spentUs].sort(([, one], [, other]) => other - one);
}

/** The part that a call into an addon belongs to; undefined of everything else. */
function addonOf({ url, callerUrl = '' }) {
  return url === '' ? ADDONS.find(([pattern]) => pattern.test(callerUrl))?.[1] : undefined;
}

function partOf(frame) {
  const name = `${frame.functionName} ${frame.url}:`;
  const found = PARTS.find(([pattern]) => pattern.test(name));
  return found === undefined ? (addonOf(frame) ?? 'other native code') : found[1];
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
    const addon = PARTS.some(([pattern]) => pattern.test(`${frame.functionName} ${frame.url}:`))
      ? undefined
      : addonOf(frame);
    const name = addon === undefined ? frame.functionName || '(anonymous)' : `(addon of ${addon})`;
    return JSON.stringify([name, file]);
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
