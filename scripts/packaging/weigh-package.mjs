// What a package adds to a page.
import { join } from 'node:path';
import { bundleModule, bundlePage, gzipBytes } from './bundle.mjs';

/**
 * Weighs a package by its sources, minified and gzipped: all that its main entry has, pages that import one of its
 * `parts`, and its `subpaths`.
 */
export async function weighPackage(home, { external, parts = [], subpaths = [] }) {
  const entryPath = join(home, 'src/index.ts');
  const whole = await bundleModule(entryPath, { external, isMinified: true });
  const weighed = [];
  for (const name of parts) {
    const text = `import { ${name} } from 'weighed'; globalThis.kept = ${name};`;
    const page = await bundlePage(text, { external, alias: { weighed: entryPath } });
    weighed.push({ name, bytes: gzipBytes(page) });
  }
  const beside = [];
  for (const subpath of subpaths) {
    const path = join(home, `src/${subpath.name}.ts`);
    const bytes = gzipBytes(await bundleModule(path, { external, isMinified: true }));
    beside.push({ ...subpath, bytes });
  }
  return { wholeBytes: gzipBytes(whole), parts: weighed, subpaths: beside };
}
