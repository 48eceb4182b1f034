import { type Check, fail, ok, skipped, warn } from '../check.ts';

/** What package.json asks for; bin/prism.js refuses to run below. */
const NODE_MIN = [20, 19] as const;

/** Files and sockets of one call: its loopback link, the upstream's socket, the engine's end of it, a TCP path. */
const DESCRIPTORS_PER_SESSION = 4;
/** What the process has open without any call, and some air. */
const DESCRIPTORS_BESIDES = 100;

export function nodeCheck(): Check {
  return {
    id: 'node',
    name: 'Node version',
    limitMs: 1_000,
    run: async ({ nodeVersion }) => {
      const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
      const [majorMin, minorMin] = NODE_MIN;
      const isEnough = major > majorMin || (major === majorMin && minor >= minorMin);
      if (!isEnough) return fail(nodeVersion, `Install Node ${majorMin}.${minorMin} or newer.`);
      if (major % 2 === 1)
        return warn(
          `${nodeVersion}, not a long-term release`,
          'Take an even version of Node for a server.',
        );
      return ok(nodeVersion);
    },
  };
}

export function descriptorsCheck(sessionCountMax: number): Check {
  return {
    id: 'descriptors',
    name: 'File descriptors',
    limitMs: 1_000,
    run: async ({ descriptorCountMax }) => {
      const countMax = descriptorCountMax();
      if (countMax === undefined) return skipped("the system doesn't say how many there may be");
      const countNeeded = sessionCountMax * DESCRIPTORS_PER_SESSION + DESCRIPTORS_BESIDES;
      const figures = { descriptorCountMax: countMax, descriptorCountNeeded: countNeeded };
      const seen = `${countMax} allowed, ${countNeeded} needed for ${sessionCountMax} sessions`;
      if (countMax >= countNeeded) return ok(seen, figures);
      const sessions = Math.max(
        0,
        Math.floor((countMax - DESCRIPTORS_BESIDES) / DESCRIPTORS_PER_SESSION),
      );
      const advice = `Raise the limit (ulimit -n ${countNeeded}, LimitNOFILE= in systemd), or set PRISM_MAX_SESSIONS=${sessions}.`;
      return sessions === 0 ? fail(seen, advice, figures) : warn(seen, advice, figures);
    },
  };
}
