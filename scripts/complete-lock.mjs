// Completes package-lock.json with the optional platform packages that a registry mirror does not carry.
//
// npm leaves an optional dependency out of the lock file when the registry answers 404 for it, and `npm ci`
// then refuses that same lock file as out of sync. A mirror that carries only some platforms so breaks the
// install on all of them. This adds the missing entries with the platform read from the package's name, so that
// every platform finds its entry and none fetches what it cannot run. Run it after `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK_PATH = new URL('../package-lock.json', import.meta.url);
const OS_NAMES = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'win32',
  'openharmony',
  'sunos',
  'aix',
  'netbsd',
  'openbsd',
];
const CPU_NAMES = [
  'arm64',
  'x64',
  'ia32',
  'arm',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
];

function platformOf(name) {
  const words = name.split(/[/-]/).map((word) => (word === 'windows' ? 'win32' : word));
  const os = OS_NAMES.find((candidate) => words.includes(candidate));
  const cpu = CPU_NAMES.find((candidate) => words.includes(candidate));
  const libc = words.find((word) => word === 'musl' || word === 'gnu');
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(libc ? { libc: [libc === 'gnu' ? 'glibc' : 'musl'] } : {}),
  };
}

function isResolved(packages, fromPath, name) {
  for (
    let base = fromPath;
    ;
    base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))
  ) {
    if (packages[`${base ? `${base}/` : ''}node_modules/${name}`]) return true;
    if (!base) return false;
  }
}

const lock = JSON.parse(readFileSync(LOCK_PATH, 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isResolved(lock.packages, path, name)) continue;
    const platform = platformOf(name);
    if (!platform.os && !platform.cpu) {
      throw new Error(
        `${name} is missing from the lock file and its name says no platform: add it by hand.`,
      );
    }
    // A range is pinned to the parent's lower bound: platform packages are released with their parent.
    lock.packages[`node_modules/${name}`] = {
      version: String(version).replace(/^[~^]/, ''),
      ...platform,
      ...(entry.dev ? { dev: true } : {}),
      license: entry.license,
      optional: true,
    };
    added += 1;
  }
}
if (added > 0) {
  const packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(LOCK_PATH, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
}
console.log(`package-lock.json: ${added} platform entries added.`);
