// Installs what the tests need from Debian when it is not there, and says what it does.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';

/**
 * What tests run that npm does not bring: the command looked for, its Debian package, and who needs it. Only root can
 * make network namespaces, so that others aren't asked for what that takes.
 */
export const DEBIAN_PACKAGES = [
  { command: 'chromium', name: 'chromium', reason: 'the browser tests', group: 'browser' },
  { command: 'turnserver', name: 'coturn', reason: 'the tests of relayed calls', group: 'browser' },
  ...(process.getuid?.() === 0
    ? [
        { command: 'ip', name: 'iproute2', reason: 'network namespaces', group: 'scenarios' },
        { command: 'nft', name: 'nftables', reason: 'network namespaces', group: 'scenarios' },
      ]
    : []),
];

/** Whether a command is on the path. */
export function hasCommand(command, searchPath = process.env.PATH ?? '') {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder, or not executable; the next one may have it.
      return false;
    }
  });
}

async function install(names) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-q', '--no-install-recommends', ...names];
  const first = await runCommand('apt-get', args, { env });
  if (first.exitCode === 0) return first;
  // A fresh machine has no package lists, or old ones that name versions that are gone.
  console.log('setup: apt-get update');
  const update = await runCommand('apt-get', ['update', '-q'], { env });
  return update.exitCode === 0 ? await runCommand('apt-get', args, { env }) : update;
}

/**
 * Installs the Debian packages whose command is missing. Resolves to whether everything is there now; when it is
 * not, what to do has been printed.
 */
export async function ensureDebianPackages(packages = DEBIAN_PACKAGES) {
  const missing = packages.filter((item) => !hasCommand(item.command));
  if (missing.length === 0) return true;
  const names = missing.map((item) => item.name);
  const wanted = missing.map((item) => `${item.name} (for ${item.reason})`).join(', ');
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (!hasCommand('apt-get')) {
    console.log(
      `setup: ${wanted} missing, and this is no Debian: install it by your system's means.`,
    );
    return false;
  }
  if (process.getuid?.() !== 0) {
    console.log(`setup: ${wanted} missing; as root, run: ${byHand}`);
    return false;
  }
  console.log(`setup: installing ${wanted} from Debian`);
  const { exitCode, output } = await install(names);
  if (exitCode === 0) return true;
  console.log(`${output}\nsetup: apt-get failed; try by hand: ${byHand}`);
  return false;
}
