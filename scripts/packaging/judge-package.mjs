// What those who know say of a package's published shape: publint of its manifest and files, are-the-types-wrong of
// how TypeScript finds its types.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, Package } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { listFiles } from '../repository.mjs';

/**
 * What are-the-types-wrong finds that we mean: the packages are ESM alone. CommonJS can import them by `import()` and,
 * from Node 22.12 on, by `require`; resolution of before 2022, which knows no `exports`, isn't served.
 */
const MEANT = [{ kind: 'CJSResolvesToESM' }, { kind: 'NoResolution', resolutionKind: 'node10' }];

function isMeant(problem) {
  return MEANT.some(
    ({ kind, resolutionKind }) =>
      problem.kind === kind &&
      (resolutionKind === undefined || problem.resolutionKind === resolutionKind),
  );
}

async function judgeByPublint(packagePath, manifest) {
  const { messages } = await publint({ pkgDir: packagePath, strict: true, pack: false });
  return messages.map(
    (message) => `publint: ${formatMessage(message, manifest, { color: false }) ?? message.code}`,
  );
}

async function judgeByTypes(packagePath, { name, version }) {
  const paths = listFiles(packagePath, new Set());
  const files = Object.fromEntries(
    paths.map((path) => [
      `/node_modules/${name}/${path}`,
      readFileSync(join(packagePath, path), 'utf8'),
    ]),
  );
  const { types, problems = [] } = await checkPackage(new Package(files, name, version));
  if (types === false) return ['are-the-types-wrong: the package has no types'];
  return problems
    .filter((problem) => !isMeant(problem))
    .map(({ kind, ...details }) => `are-the-types-wrong: ${kind} ${JSON.stringify(details)}`);
}

/** What is wrong with the package in a folder, one sentence each; none if nothing is. */
export async function judgePackage(packagePath) {
  const manifest = JSON.parse(readFileSync(join(packagePath, 'package.json'), 'utf8'));
  return [
    ...(await judgeByPublint(packagePath, manifest)),
    ...(await judgeByTypes(packagePath, manifest)),
  ];
}
