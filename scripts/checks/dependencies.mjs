// docs/decisions/dependencies.md lists exactly the packages of the package.json files: name, range, who uses it and
// whether it ships. And nothing that is installed runs a script at install.
const LIST_PATH = 'docs/decisions/dependencies.md';
const PACKAGE_FILE = /^(?:(?:(?:packages|apps|examples)\/[^/]+|test)\/)?package\.json$/;

/** The folder of a package file, by its last name; examples are called like packages. */
function userOf(path) {
  const folders = path.split('/').slice(0, -1);
  return (folders[0] === 'examples' ? folders.join('/') : folders.at(-1)) ?? 'root';
}

/** `name → { range, users }` of every outside dependency; a user is a workspace folder, `root` for the root's. */
function readPackages(repository) {
  const packages = new Map();
  for (const path of repository.paths.filter((name) => PACKAGE_FILE.test(name))) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(repository.read(path));
    const user = userOf(path);
    for (const [name, range] of Object.entries({ ...devDependencies, ...dependencies })) {
      if (name.startsWith('@prism/')) continue;
      // Nothing of the tests and the examples ships, whatever they call their dependencies.
      const isShipped = user !== 'test' && !user.startsWith('examples/');
      const kind = dependencies[name] !== undefined && isShipped ? 'run' : 'dev';
      const entry = packages.get(name) ?? { ranges: new Set(), users: new Set(), kinds: new Set() };
      entry.ranges.add(range);
      entry.users.add(user);
      entry.kinds.add(kind);
      packages.set(name, entry);
    }
  }
  return packages;
}

/** Rows are `| \`name\` | \`range\` | users | why | licence | kept | replaced by |` below a heading Run or Develop. */
function readList(text) {
  const rows = new Map();
  let kind = '';
  for (const line of text.split('\n')) {
    const heading = line.match(/^## (Run|Develop)/);
    if (heading) kind = heading[1] === 'Run' ? 'run' : 'dev';
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
    const name = cells[0]?.match(/^`([^`]+)`$/)?.[1];
    if (!name || !line.startsWith('| `')) continue;
    rows.set(name, {
      kind,
      ranges: cells[1]?.replace(/`/g, '') ?? '',
      users: (cells[2] ?? '').split(', ').sort().join(', '),
      isFull: cells.length === 7 && cells.every((cell) => cell !== ''),
    });
  }
  return rows;
}

function rowOf(name, entry) {
  return {
    kind: entry.kinds.has('run') ? 'run' : 'dev',
    ranges: [...entry.ranges].sort().join(', '),
    users: [...entry.users].sort().join(', '),
  };
}

function installScriptsOf(repository) {
  if (!repository.has('package-lock.json')) return [];
  const { packages } = JSON.parse(repository.read('package-lock.json'));
  return Object.entries(packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => `package-lock.json: ${path} runs a script at install`);
}

/** The list equals the package.json files, and nothing runs at install. */
export function checkDependencies(repository) {
  const findings = installScriptsOf(repository);
  const packages = readPackages(repository);
  if (!repository.has(LIST_PATH)) {
    return { findings: [...findings, `${LIST_PATH}: missing`], notes: [], summary: '' };
  }
  const rows = readList(repository.read(LIST_PATH));
  for (const [name, entry] of packages) {
    const row = rows.get(name);
    if (!row) {
      findings.push(`${LIST_PATH}: ${name} is missing (${[...entry.users].join(', ')})`);
      continue;
    }
    for (const [key, value] of Object.entries(rowOf(name, entry))) {
      if (row[key] !== value) {
        findings.push(
          `${LIST_PATH}: ${name}: ${key} is "${row[key]}", package.json says "${value}"`,
        );
      }
    }
    if (!row.isFull) findings.push(`${LIST_PATH}: ${name} needs seven filled columns`);
  }
  for (const name of rows.keys()) {
    if (!packages.has(name)) findings.push(`${LIST_PATH}: ${name} is in no package.json`);
  }
  return { findings, notes: [], summary: `${packages.size} packages` };
}
