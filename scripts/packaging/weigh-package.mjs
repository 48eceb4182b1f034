// What a package adds to a page.
import { join } from 'node:path';
import { bundleModule, bundlePage, gzipBytes } from './bundle.mjs';

/**
 * Weighs a package by its sources, minified and gzipped: the whole of it, and pages that import one of its `parts`.
 */
export async function weighPackage(home, { external, parts = [] }) {
  const entryPath = join(home, 'src/index.ts');
  const whole = await bundleModule(entryPath, { external, isMinified: true });
  const weighed = [];
  for (const name of parts) {
    const text = `import { ${name} } from 'weighed'; globalThis.kept = ${name};`;
    const page = await bundlePage(text, { external, alias: { weighed: entryPath } });
    weighed.push({ name, bytes: gzipBytes(page) });
  }
  return { wholeBytes: gzipBytes(whole), parts: weighed };
}
