// Installs what the tests need from Debian when it is not there, and says what it does.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT_PATH } from './repository.mjs';
import { runCommand } from './run-command.mjs';

/** Where packages are unpacked that are not installed; `usr/bin` of it is looked in for commands too. */
const UNPACKED_PATH = join(ROOT_PATH, '.prism/debian');

/** Where Debian keeps the modules of its Python. */
const PYTHON_MODULES_PATH = '/usr/lib/python3/dist-packages';

/**
 * What tests run that npm does not bring: the command or Python module looked for, its Debian package, and who needs it. Only root can
 * make network namespaces, so that others aren't asked for what that takes. A package with `isUnpacked` would start a
 * server of its own when it is installed: its files alone are taken.
 */
export const DEBIAN_PACKAGES = [
  { command: 'chromium', name: 'chromium', reason: 'the browser tests', group: 'browser' },
  { command: 'turnserver', name: 'coturn', reason: 'the tests of relayed calls', group: 'browser' },
  { command: 'openssl', name: 'openssl', reason: 'the tests of DTLS', group: 'scenarios' },
  {
    command: 'promtool',
    name: 'prometheus',
    reason: 'the tests of metrics',
    group: 'scenarios',
    isUnpacked: true,
  },
  {
    module: 'pylibsrtp',
    name: 'python3-pylibsrtp',
    reason: 'the tests of SRTP',
    group: 'scenarios',
  },
  ...(process.getuid?.() === 0
    ? [
        { command: 'ip', name: 'iproute2', reason: 'network namespaces', group: 'scenarios' },
        { command: 'nft', name: 'nftables', reason: 'network namespaces', group: 'scenarios' },
      ]
    : []),
];

/** Whether a command is on the path. */
export function hasCommand(command, searchPath = process.env.PATH ?? '') {
  return [...searchPath.split(delimiter), join(UNPACKED_PATH, 'usr/bin')].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder, or not executable; the next one may have it.
      return false;
    }
  });
}

/** Whether what is looked for of a package is there: its command, or its module of Debian's Python. */
export function isInstalled({ command, module }, searchPath = process.env.PATH ?? '') {
  return command === undefined
    ? existsSync(join(PYTHON_MODULES_PATH, module))
    : hasCommand(command, searchPath);
}

/** Fetches a package and unpacks its files below {@link UNPACKED_PATH}. */
async function unpack(name) {
  const folderPath = mkdtempSync(join(tmpdir(), 'prism-debian-'));
  try {
    const fetched = await aptGet(['download', '-q', name], { cwd: folderPath });
    if (fetched.exitCode !== 0) return fetched;
    mkdirSync(UNPACKED_PATH, { recursive: true });
    const [fileName] = readdirSync(folderPath);
    return await runCommand('dpkg-deb', ['-x', join(folderPath, fileName), UNPACKED_PATH]);
  } finally {
    rmSync(folderPath, { recursive: true });
  }
}

async function install(names) {
  return aptGet(['install', '-y', '-q', '--no-install-recommends', ...names]);
}

async function aptGet(args, options = {}) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const first = await runCommand('apt-get', args, { env, ...options });
  if (first.exitCode === 0) return first;
  // A fresh machine has no package lists, or old ones that name versions that are gone.
  console.log('setup: apt-get update');
  const update = await runCommand('apt-get', ['update', '-q'], { env });
  return update.exitCode === 0 ? await runCommand('apt-get', args, { env, ...options }) : update;
}

/**
 * Brings the Debian packages whose command or module is missing. Resolves to whether everything is there now; when it is not,
 * what to do has been printed.
 */
export async function ensureDebianPackages(packages = DEBIAN_PACKAGES) {
  const missing = packages.filter((item) => !isInstalled(item));
  if (missing.length === 0) return true;
  if (!hasCommand('apt-get')) {
    console.log(
      `setup: ${wantedOf(missing)} missing, and this is no Debian: install it by your system's means.`,
    );
    return false;
  }
  const isUnpacked = await ensureUnpacked(missing.filter((item) => item.isUnpacked));
  return (await ensureInstalled(missing.filter((item) => !item.isUnpacked))) && isUnpacked;
}

/** Anybody may fetch a package and unpack it. */
async function ensureUnpacked(packages) {
  let isThere = true;
  for (const item of packages) {
    console.log(`setup: unpacking ${wantedOf([item])} from Debian`);
    const { exitCode, output } = await unpack(item.name);
    if (exitCode === 0) continue;
    isThere = false;
    console.log(
      `${output}\nsetup: ${item.name} could not be fetched; its command may also be installed.`,
    );
  }
  return isThere;
}

async function ensureInstalled(packages) {
  if (packages.length === 0) return true;
  const names = packages.map((item) => item.name);
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (process.getuid?.() !== 0) {
    console.log(`setup: ${wantedOf(packages)} missing; as root, run: ${byHand}`);
    return false;
  }
  console.log(`setup: installing ${wantedOf(packages)} from Debian`);
  const { exitCode, output } = await install(names);
  if (exitCode === 0) return true;
  console.log(`${output}\nsetup: apt-get failed; try by hand: ${byHand}`);
  return false;
}

function wantedOf(packages) {
  return packages.map((item) => `${item.name} (for ${item.reason})`).join(', ');
}
