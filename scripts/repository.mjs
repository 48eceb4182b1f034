// The repository as the checks see it: every file of the working tree that is not installed, built or ignored.
//
// Reads the file system, not git, so that a check also sees what is not yet added, and works in a tree without git.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root. */
export const ROOT_PATH = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

const IGNORED_FOLDERS = new Set([
  'node_modules',
  'dist',
  '.build',
  '.git',
  '.prism',
  'coverage',
  'artifacts',
]);

/** Lists the files below `folderPath`, as sorted paths relative to it with forward slashes. */
export function listFiles(folderPath, ignoredFolders = IGNORED_FOLDERS) {
  const paths = [];
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const entryPath = join(path, entry.name);
      if (entry.isDirectory() && !ignoredFolders.has(entry.name)) visit(entryPath);
      if (entry.isFile()) paths.push(relative(folderPath, entryPath).split(sep).join('/'));
    }
  };
  if (existsSync(folderPath)) visit(folderPath);
  return paths.sort();
}

/**
 * Gives the checks their view of a tree: `paths`, `has(path)` and `read(path)`.
 * Tests make the same shape from an object with `repositoryOf`.
 */
export function openRepository(rootPath = ROOT_PATH) {
  const paths = listFiles(rootPath);
  const known = new Set(paths);
  const texts = new Map();
  return {
    paths,
    has: (path) => known.has(path),
    read(path) {
      const text = texts.get(path) ?? readFileSync(join(rootPath, path), 'utf8');
      texts.set(path, text);
      return text;
    },
  };
}

/** A repository held in memory, from an object of path to text: what the tests of the checks plant. */
export function repositoryOf(texts) {
  return {
    paths: Object.keys(texts).sort(),
    has: (path) => path in texts,
    read: (path) => texts[path],
  };
}
