// Makes the folder of a package that others install: one ESM file for each entry, its declarations, the manifest, the licence.
//
// Inside the workspace a package is compiled file by file and takes its types from its neighbours. What is published
// stands alone: the code in a file that a page can import as it is, and no dependency that its users didn't ask for.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT_PATH } from '../repository.mjs';
import { bundleModule } from './bundle.mjs';
import { collectDeclarations } from './declarations.mjs';

/** Fields of the workspace's manifest that are published as they are. */
const KEPT_FIELDS = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'sideEffects',
  'dependencies',
  'peerDependencies',
];

/** The manifest to publish, made of the workspace's; doubles for tests are for the workspace alone. */
function publishedManifest(manifest, entries) {
  const kept = KEPT_FIELDS.filter((name) => manifest[name] !== undefined);
  return {
    ...Object.fromEntries(kept.map((name) => [name, manifest[name]])),
    exports: Object.fromEntries(entries.map(({ key }) => [key, manifest.exports[key]])),
    files: ['dist'],
  };
}

/** What of a package can be imported: its key in `exports`, and the module below `src` and `dist`. */
function entriesOf({ subpaths = [] }) {
  const named = subpaths.map(({ name }) => ({ key: `./${name}`, module: name }));
  return [{ key: '.', module: 'index' }, ...named];
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Where the publishable folder of a package is made. */
function packagePathOf({ folder }) {
  return join(ROOT_PATH, 'packages', folder, '.build', 'package');
}

/**
 * Makes the publishable folder of a package out of its sources and its compiled declarations, and resolves to its
 * path. `outputPath` is emptied first.
 */
export async function packPackage(published, outputPath = packagePathOf(published)) {
  const home = join(ROOT_PATH, 'packages', published.folder);
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const { external } = published;
  const entries = entriesOf(published);
  rmSync(outputPath, { recursive: true, force: true });
  for (const { module } of entries) {
    const code = await bundleModule(join(home, `src/${module}.ts`), { external });
    write(join(outputPath, `dist/${module}.js`), code);
  }
  const declared = entries.map(({ module }) => `${module}.d.ts`);
  for (const [name, text] of collectDeclarations(join(home, 'dist'), declared)) {
    write(join(outputPath, 'dist', name), text);
  }
  write(
    join(outputPath, 'package.json'),
    `${JSON.stringify(publishedManifest(manifest, entries), undefined, 2)}\n`,
  );
  cpSync(join(home, 'README.md'), join(outputPath, 'README.md'));
  cpSync(join(ROOT_PATH, 'LICENSE'), join(outputPath, 'LICENSE'));
  return outputPath;
}
