// Which test files there are, in which group, and which of them a command line asks for.
import { existsSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { listFiles } from '../repository.mjs';

/** The groups, in the order they run. Files of a serial group run one after the other. */
export const GROUPS = [
  { name: 'unit', isSerial: false },
  { name: 'scenarios', isSerial: true },
  { name: 'browser', isSerial: true },
];

const COMPILED_TEST = /^(packages\/[^/]+|apps\/[^/]+|test)\/(?:dist|\.build)\/(.+)\.test\.js$/;
const SCRIPT_TEST = /^scripts\/.+\.test\.mjs$/;
const UNSEARCHED_FOLDERS = new Set(['node_modules', '.git', '.prism', 'coverage', 'artifacts']);

function groupOf(sourcePath) {
  return sourcePath.match(/^(?:test\/src|scripts)\/(scenarios|browser)\//)?.[1] ?? 'unit';
}

/**
 * Lists the test files below `rootPath` as `{ path, sourcePath, group }`, paths relative to the root. A compiled test
 * whose source is gone is no test: it comes as `{ path, isOrphan: true }`.
 */
export function findTestFiles(rootPath) {
  const files = ['packages', 'apps', 'test', 'scripts'].flatMap((folder) =>
    listFiles(join(rootPath, folder), UNSEARCHED_FOLDERS).map((path) => `${folder}/${path}`),
  );
  return files.flatMap((path) => {
    if (SCRIPT_TEST.test(path)) return [{ path, sourcePath: path, group: groupOf(path) }];
    const compiled = path.match(COMPILED_TEST);
    if (!compiled) return [];
    const [, home, stem] = compiled;
    const sourcePath = ['ts', 'tsx']
      .map((extension) => `${home}/src/${stem}.test.${extension}`)
      .find((candidate) => existsSync(join(rootPath, candidate)));
    if (sourcePath === undefined) return [{ path, isOrphan: true }];
    return [{ path, sourcePath, group: groupOf(sourcePath) }];
  });
}

/** Removes what the compiler left of tests that are gone. */
export function removeOrphans(rootPath, orphans) {
  for (const { path } of orphans) {
    const stem = path.replace(/\.js$/, '');
    for (const extension of ['.js', '.js.map', '.d.ts', '.d.ts.map']) {
      rmSync(join(rootPath, `${stem}${extension}`), { force: true });
    }
  }
}

/**
 * Reads the arguments of the test command: `--unit`, `--scenarios`, `--browser` choose groups, anything else is
 * the beginning of a path, or a part of a file's name. Answers `{ groups, paths }`, or `{ problem }` for an option that is none.
 */
export function readSelection(args) {
  const names = GROUPS.map((group) => group.name);
  const options = args.filter((arg) => arg.startsWith('-'));
  const unknown = options.filter((option) => !names.includes(option.slice(2)));
  if (unknown.length > 0) {
    const known = names.map((name) => `--${name}`).join(', ');
    return { problem: `${unknown.join(', ')} is no option. There are ${known}, and paths.` };
  }
  const groups = options.map((option) => option.slice(2));
  const paths = args.filter((arg) => !arg.startsWith('-')).map((path) => path.replace(/^\.\//, ''));
  return { groups: groups.length > 0 ? groups : names, paths };
}

/** Whether a file lies under `path`, or is called like it when `path` is a bare name. */
function isUnder(file, path) {
  if (file.sourcePath.startsWith(path) || file.path.startsWith(path)) return true;
  const name = posix.basename(file.sourcePath).replace(/\.test\.\w+$/, '');
  return !path.includes('/') && name.includes(path);
}

/** The files that a selection asks for: of its groups, and under one of its paths if it has any. */
export function selectTestFiles(files, { groups, paths }) {
  return files.filter(
    (file) =>
      groups.includes(file.group) &&
      (paths.length === 0 || paths.some((path) => isUnder(file, path))),
  );
}
