// Builds what runs: the packages with tsc and the console with vite. Does only what is out of date, and says in one
// line each what it did.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT_PATH } from './repository.mjs';
import { formatDuration, isInstalled, runCommand } from './run-command.mjs';

const CONSOLE_PATH = join(ROOT_PATH, 'apps/console');
const CONSOLE_OUTPUT_PATH = join(CONSOLE_PATH, 'dist/index.html');
/** The console bundles the SDK and the wires from their sources. */
const CONSOLE_INPUT_PATHS = [
  'apps/console',
  'packages/client/src',
  'packages/protocol/src',
  'package-lock.json',
];

/** What `npm start` needs of the compiler. */
export const RUN_PROJECTS = ['packages/server', 'packages/client'];

function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were removed from it.
  let newest = path === CONSOLE_PATH ? 0 : stat.mtimeMs;
  for (const name of readdirSync(path)) {
    if (!/^(?:dist|node_modules|\.build)$/.test(name)) {
      newest = Math.max(newest, newestMs(join(path, name)));
    }
  }
  return newest;
}

function isConsoleFresh() {
  if (!existsSync(CONSOLE_OUTPUT_PATH)) return false;
  const builtMs = statSync(CONSOLE_OUTPUT_PATH).mtimeMs;
  return CONSOLE_INPUT_PATHS.every((path) => newestMs(join(ROOT_PATH, path)) <= builtMs);
}

function report(what, { exitCode, output, durationMs }) {
  const isBuilt = exitCode === 0;
  console.log(`build: ${what} ${isBuilt ? 'ready' : 'FAILED'}, ${formatDuration(durationMs)}`);
  if (!isBuilt) console.log(output);
  return isBuilt;
}

/** Compiles the given projects, all by default. Resolves to whether that worked. */
async function buildPackages(projects = []) {
  return report('packages', await runCommand('tsc', ['-b', '--pretty', 'false', ...projects]));
}

/** Bundles the console if a file it is made of is newer than the bundle. Resolves to whether that worked. */
async function buildConsole() {
  if (isConsoleFresh()) {
    console.log('build: console up to date');
    return true;
  }
  const args = ['run', 'build', '--silent', '--workspace', '@prism/console'];
  return report('console', await runCommand('npm', args));
}

/** Builds the packages, then the console. Resolves to whether both worked. */
export async function build({ projects } = {}) {
  if (!isInstalled()) {
    console.error('Nothing is installed yet: run "npm ci" first.');
    return false;
  }
  const isCompiled = await buildPackages(projects);
  const isBundled = await buildConsole();
  return isCompiled && isBundled;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await build()) ? 0 : 1;
}
