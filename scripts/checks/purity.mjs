// What the compiler and the linter cannot refuse. In core and protocol: no asynchrony, no clock, no randomness, not
// even as a type. Everywhere, tests too: no forged types, no focused tests, no star exports, no work left for later.
import ts from 'typescript';

const SOURCE_FILE = /\.(?:tsx?|mjs)$/;
const PURE_FILE = /^packages\/(?:core|protocol)\/src\/.*(?<!\.test)\.ts$/;
const CLOCKLESS_FILE =
  /^packages\/(?:server|engine)\/src\/(?!runtime\/|door\/|engine\/).*(?<!\.test)\.ts$/;
const PRODUCTION_FILE =
  /^(?:packages|apps)\/[^/]+\/src\/(?!.*\.test\.|(?:.*\/)?testing[^/]*\/).*\.tsx?$/;
const SESSION_FILE = /^packages\/server\/src\/runtime\/session-runner\.ts$/;
const MAIN_FILE = /^packages\/(?:server|engine)\/src\/main\//;
const IMPURE_NAMES = new Set([
  'Promise',
  'PromiseLike',
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'AsyncIterable',
  'AsyncGenerator',
]);
const LEFT_FOR_LATER = /\b(?:TODO|FIXME|XXX|HACK)\b/;
const SILENCED =
  /@ts-(?:ignore|nocheck)|biome-ignore-all|(?:ox|es)lint-disable(?!-next-line\b|-line\b)/;

function isUnknown(node) {
  return ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.UnknownKeyword;
}

/** The rules that hold in every file; the answer is a sentence, or undefined. */
function forgeryIn(node) {
  if (ts.isAsExpression(node) && isUnknown(node.expression)) {
    return 'a type is forged through unknown; the seam is missing';
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression: owner, name } = node.expression;
    if (name.text === 'only') return 'a focused test; run one test by its path instead';
    const prototype = node.arguments[0];
    if (
      owner.getText() === 'Object' &&
      name.text === 'create' &&
      prototype !== undefined &&
      prototype.getText().endsWith('.prototype')
    ) {
      return 'an instance is forged from a prototype; the seam is missing';
    }
  }
  if (ts.isExportDeclaration(node) && node.exportClause === undefined) {
    return 'a star export; name what is exported';
  }
  if (
    ts.isHeritageClause(node) &&
    node.types.some((type) => type.expression.getText().endsWith('EventEmitter'))
  ) {
    return 'nothing inherits EventEmitter; give a sink at construction';
  }
  return undefined;
}

/** The rules of core and protocol. */
function impurityIn(node) {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async; core is synchronous';
  if (ts.isAwaitExpression(node)) return 'await; core is synchronous';
  if (ts.isForOfStatement(node) && node.awaitModifier) return 'for await; core is synchronous';
  if (ts.isIdentifier(node) && IMPURE_NAMES.has(node.text)) {
    const isMember =
      (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
      ((ts.isPropertySignature(node.parent) || ts.isPropertyAssignment(node.parent)) &&
        node.parent.name === node);
    if (!isMember) return `${node.text}; time, timers and answers come in as inputs`;
  }
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') {
    return 'Math.random; take an injected source';
  }
  return undefined;
}

/** The wall clock read by a constructor, which the linter cannot tell from a conversion. */
function clockIn(node) {
  const isClock =
    ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length;
  return isClock ? 'new Date() reads the clock; take the injected Clock' : undefined;
}

/** What one place alone may do: `[what, pattern of the text, where, the rest of the sentence]`. */
const ONE_PLACE = [
  [ts.isNewExpression, /^new Session\(/, SESSION_FILE, 'only the session runner makes a session'],
  [ts.isPropertyAccessExpression, /^process\.env$/, MAIN_FILE, 'only main reads the environment'],
];

/** The rules of what one place alone may do, for production code at `path`. */
function misplacedIn(node, path) {
  const broken = ONE_PLACE.find(
    ([isKind, pattern, where]) => isKind(node) && pattern.test(node.getText()) && !where.test(path),
  );
  return broken?.[3];
}

function linesOf(path, text) {
  return text.split('\n').flatMap((line, index) => {
    const at = `${path}:${index + 1}`;
    const later = line.match(LEFT_FOR_LATER);
    const silenced = line.match(SILENCED);
    return [
      ...(later ? [`${at}: ${later[0]}; do it now or write it in an issue`] : []),
      ...(silenced ? [`${at}: ${silenced[0]} silences a whole check`] : []),
    ];
  });
}

function nodesOf(path, text) {
  const findings = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const rules = [forgeryIn];
  if (PURE_FILE.test(path)) rules.push(impurityIn);
  if (CLOCKLESS_FILE.test(path)) rules.push(clockIn);
  if (PRODUCTION_FILE.test(path)) rules.push(misplacedIn);
  const visit = (node) => {
    for (const rule of rules) {
      const sentence = rule(node, path);
      if (sentence === undefined) continue;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      findings.push(`${path}:${line + 1}: ${sentence}`);
    }
    for (const child of node.modifiers ?? [])
      if (child.kind === ts.SyntaxKind.AsyncKeyword) visit(child);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...new Set(findings)];
}

/** Purity of core and protocol, honesty of types and tests everywhere. */
export function checkPurity(repository) {
  const paths = repository.paths.filter((path) => SOURCE_FILE.test(path));
  const findings = paths.flatMap((path) => {
    const text = repository.read(path);
    const lines = path.startsWith('scripts/checks/') ? [] : linesOf(path, text);
    return [...lines, ...nodesOf(path, text)];
  });
  return { findings, notes: [], summary: `${paths.length} files` };
}
