// The documents tell the truth: relative links and named paths lead somewhere, commands exist, rule IDs exist, and
// the error page equals the catalogue.
import { posix } from 'node:path';

const LINK = /(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)|!\[[^\]]*\]\(([^)\s]+)\)/g;
const NPM_COMMAND =
  /\bnpm (?:run (?<run>[\w:-]+)|(?<direct>start|test))(?: -w (?<workspace>\S+))?/g;
const CODE_PATH = /`((?:packages|apps|scripts|spec|docs|test|bench|deploy|examples)\/[\w./-]+)`/g;
const ERROR_CATALOGUE_PATH = 'packages/protocol/src/codes/error-codes.ts';
const ERROR_PAGE_PATH = 'docs/reference/errors.md';
const COMMAND_PAGES = new Set(['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'ARCHITECTURE.md']);

function withoutFences(text) {
  return text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '));
}

function lineAt(text, index) {
  return text.slice(0, index).split('\n').length;
}

/** The anchors GitHub gives the headings of a page. */
function anchorsOf(text) {
  const headings = withoutFences(text).matchAll(/^#{1,6}\s+(.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

function exists(repository, path) {
  const folder = `${path.replace(/\/$/, '')}/`;
  return (
    path === '.' ||
    repository.has(path.replace(/\/$/, '')) ||
    repository.paths.some((other) => other.startsWith(folder))
  );
}

function linksOf(repository, path) {
  const text = withoutFences(repository.read(path));
  const findings = [];
  for (const match of text.matchAll(LINK)) {
    const target = match[1] ?? match[2];
    if (/^[a-z][a-z0-9+.-]*:/.test(target)) continue;
    const [file, anchor] = target.split('#');
    const filePath = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
    const at = `${path}:${lineAt(text, match.index)}`;
    if (!exists(repository, filePath)) findings.push(`${at}: ${target} leads nowhere`);
    else if (
      anchor &&
      filePath.endsWith('.md') &&
      !anchorsOf(repository.read(filePath)).has(anchor)
    ) {
      findings.push(`${at}: ${filePath} has no heading #${anchor}`);
    }
  }
  return findings;
}

/** Paths in backticks of the overview pages. Folders that hold no file yet are left out of the pages. */
function pathsOf(repository, path) {
  const text = withoutFences(repository.read(path));
  return [...text.matchAll(CODE_PATH)]
    .filter(([, named]) => !exists(repository, named) && !named.includes('/dist'))
    .map((match) => `${path}:${lineAt(text, match.index)}: ${match[1]} does not exist`);
}

function commandsOf(repository, path) {
  const text = repository.read(path);
  const scriptsOf = (packagePath) =>
    repository.has(packagePath) ? (JSON.parse(repository.read(packagePath)).scripts ?? {}) : {};
  const workspaces = repository.paths.filter((name) =>
    /^(?:packages|apps)\/[^/]+\/package\.json$|^test\/package\.json$/.test(name),
  );
  const findings = [];
  for (const match of text.matchAll(NPM_COMMAND)) {
    const { run, direct, workspace } = match.groups;
    const home = workspace
      ? workspaces.find((name) => JSON.parse(repository.read(name)).name === workspace)
      : 'package.json';
    if (home === undefined || scriptsOf(home)[run ?? direct] === undefined) {
      findings.push(
        `${path}:${lineAt(text, match.index)}: "${match[0]}" is no script of ${home ?? workspace}`,
      );
    }
  }
  return findings;
}

function rulesOf(repository, path, ids) {
  const text = repository.read(path);
  return [...text.matchAll(/`([A-Z]{3}\d+)`/g)]
    .filter(([, id]) => !ids.has(id))
    .map((match) => `${path}:${lineAt(text, match.index)}: no rule ${match[1]} in spec/`);
}

/** Reads `code: { type, httpStatus, remedy }` entries of the catalogue from its source. */
function readCatalogue(text) {
  const body = text.match(/ERROR_CATALOGUE = \{([\s\S]*?)\n\} as const/)?.[1] ?? '';
  const entry =
    /^ {2}(\w+): \{\s*type: '(\w+)',\s*httpStatus: (\d+),\s*remedy:\s*(['"])((?:\\.|(?!\4).)*)\4,?\s*\}/gm;
  return new Map(
    [...body.matchAll(entry)].map(([, code, type, httpStatus, , remedy]) => [
      code,
      { type, httpStatus, remedy: remedy.replace(/\\(.)/g, '$1') },
    ]),
  );
}

/** Reads the rows `| \`code\` | status | type | remedy |` of the page. */
function readErrorPage(text) {
  const row = /^\| `(\w+)` \| (\d+) \| `?(\w+)`? \| (.+?) \|$/gm;
  return new Map(
    [...text.matchAll(row)].map(([, code, httpStatus, type, remedy]) => [
      code,
      { type, httpStatus, remedy },
    ]),
  );
}

function errorsOf(repository) {
  if (!repository.has(ERROR_CATALOGUE_PATH) || !repository.has(ERROR_PAGE_PATH)) return [];
  const catalogue = readCatalogue(repository.read(ERROR_CATALOGUE_PATH));
  const page = readErrorPage(repository.read(ERROR_PAGE_PATH));
  const findings = [];
  if (catalogue.size === 0) findings.push(`${ERROR_CATALOGUE_PATH}: no entry could be read`);
  for (const [code, entry] of catalogue) {
    const row = page.get(code);
    if (!row) findings.push(`${ERROR_PAGE_PATH}: ${code} is missing`);
    for (const key of row ? ['httpStatus', 'type', 'remedy'] : []) {
      if (row[key] === entry[key]) continue;
      findings.push(
        `${ERROR_PAGE_PATH}: ${key} of ${code} is "${row[key]}", the catalogue says "${entry[key]}"`,
      );
    }
  }
  for (const code of page.keys()) {
    if (!catalogue.has(code)) findings.push(`${ERROR_PAGE_PATH}: ${code} is not in the catalogue`);
  }
  return findings;
}

/** Links, paths, commands, rule IDs and the error page. */
export function checkDocs(repository) {
  const pages = repository.paths.filter((path) => path.endsWith('.md'));
  const ids = new Set(
    repository.paths
      .filter((path) => /^spec\/[^/]+\.md$/.test(path))
      .flatMap((path) => [...repository.read(path).matchAll(/^- \*\*([A-Z]{2,4}\d+)\*\*/gm)])
      .map(([, id]) => id),
  );
  const findings = pages.flatMap((path) => [
    ...linksOf(repository, path),
    ...(COMMAND_PAGES.has(path) ? commandsOf(repository, path) : []),
    ...(COMMAND_PAGES.has(path) ? pathsOf(repository, path) : []),
    ...(COMMAND_PAGES.has(path) ? rulesOf(repository, path, ids) : []),
  ]);
  findings.push(...errorsOf(repository));
  return { findings, notes: [], summary: `${pages.length} pages` };
}
