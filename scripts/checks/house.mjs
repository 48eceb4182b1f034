// The repository speaks of Prism alone: no machine paths, no registry hosts, no writing tools. Names follow the
// conventions: kebab-case files, singular domain folders, one index.ts per package.
const MACHINE_PATH = /(?<![\w.~-])\/(?:work|farm|tmp|root|home|Users)\/[\w.-]+/;
const REGISTRY_HOST = /\bregistry\.[a-z0-9-]+\.[a-z]{2,}\b|\b(?:npm|pypi)-?mirror\b/i;
const FORBIDDEN_WORDS = [
  ['writing tool', /\b(?:cl[a]ude|anthr[o]pic|copil[o]t|co-authored-b[y])\b/i],
  ['writing tool', /\bAI[- ](?:generated|assisted|written)\b|\bas an AI\b/i],
  ['workplace', /\bbefore-st[o]p\b|\.librar[y]\b/],
];
const FORBIDDEN_NAMES = /^(?:utils?|helpers?|common|misc|managers?)$/;
const BINARY_FILE = /\.(?:png|jpe?g|webp|ico|woff2?|wav|opus|pcm|wasm|onnx|bin|gz|zip)$/;
const FREE_NAMES = /^(?:[A-Z]+(?:\.md)?|\.[\w.-]+)$/;
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;

function wordingOf(path, text) {
  const findings = [];
  text.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`;
    const machinePath = line.match(MACHINE_PATH);
    if (machinePath) findings.push(`${at}: machine path ${machinePath[0]}`);
    const host = line.match(REGISTRY_HOST);
    if (host) findings.push(`${at}: registry host ${host[0]}`);
    for (const [kind, pattern] of FORBIDDEN_WORDS) {
      const word = line.match(pattern);
      if (word) findings.push(`${at}: ${kind} "${word[0]}"`);
    }
  });
  return findings;
}

function namingOf(path) {
  const parts = path.split('/');
  const name = parts.at(-1);
  const findings = [];
  if (!KEBAB_CASE.test(name) && !FREE_NAMES.test(name)) {
    findings.push(`${path}: file names are kebab-case`);
  }
  const stem = name.replace(/\..*$/, '');
  const vague = [...parts.slice(0, -1), stem].find((part) => FORBIDDEN_NAMES.test(part));
  if (vague) findings.push(`${path}: "${vague}" says nothing; name what is in it`);
  if (
    name === 'index.ts' &&
    !/^(?:packages|apps)\/[^/]+\/src\/(?:testing\/)?index\.ts$/.test(path)
  ) {
    findings.push(`${path}: one index.ts per package (and one in testing), none inside folders`);
  }
  return findings;
}

/** What must not be written, and how things are called. */
export function checkHouse(repository) {
  const findings = [];
  for (const path of repository.paths) {
    findings.push(...namingOf(path));
    if (!BINARY_FILE.test(path)) findings.push(...wordingOf(path, repository.read(path)));
  }
  return { findings, notes: [], summary: `${repository.paths.length} files` };
}
