// What the benchmarks' peers and browsers want of Debian; werift comes from npm with everything else.
import { isInstalled } from '../../scripts/debian-packages.mjs';

const reason = 'the benchmarks';

/** By the name that tables.mjs uses; `command` is what is looked for on the path, `module` of Debian's Python. */
const PACKAGES = {
  aiortc: [
    { module: 'aiortc', name: 'python3-aiortc', reason },
    { module: 'aiohttp', name: 'python3-aiohttp', reason },
  ],
  janus: [{ command: 'janus', name: 'janus', reason }],
  nginx: [{ command: 'nginx', name: 'nginx-light', reason }],
  chromium: [{ command: 'chromium', name: 'chromium', reason }],
  pulseaudio: [
    { command: 'pulseaudio', name: 'pulseaudio', reason },
    { command: 'pactl', name: 'pulseaudio-utils', reason },
  ],
};

/** The Debian packages of these needs that are not there. */
export function missingPackages(needs) {
  return [...new Set(needs)]
    .flatMap((need) => PACKAGES[need])
    .filter((item) => !isInstalled(item, `${process.env.PATH}:/usr/sbin`));
}
