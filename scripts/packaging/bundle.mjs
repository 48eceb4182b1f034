// Bundles source files as an application's bundler would, to ship them and to know what they weigh.
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { bakedWorklets } from './baked-worklets.mjs';

const ENTRY_ID = 'entry.js';

/** Bundles a module into the text of one ESM file; `external` packages stay imports. */
export async function bundleModule(path, { external = [], isMinified = false } = {}) {
  return generate({ input: path, external, plugins: [bakedWorklets()] }, isMinified);
}

/**
 * Bundles what a page would be that has this text, minified: what nobody imports is left out. `alias` says where the
 * packages are that it imports, `target` for which browsers (such as `es2020`) it is.
 */
export async function bundlePage(text, { external = [], alias = {}, target = 'es2022' } = {}) {
  const page = {
    name: 'page',
    resolveId: (id) => (id === ENTRY_ID ? id : null),
    load: (id) => (id === ENTRY_ID ? text : null),
  };
  const plugins = [page, bakedWorklets()];
  const transform = { target };
  return generate({ input: ENTRY_ID, external, plugins, resolve: { alias }, transform }, true);
}

async function generate(options, isMinified) {
  const bundle = await rolldown({ ...options, platform: 'browser', logLevel: 'warn' });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: isMinified });
    if (output.length !== 1) throw new Error(`${options.input} makes ${output.length} files`);
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

/** Bytes of a text after gzip at its best, as a server sends it that compresses ahead. */
export function gzipBytes(text) {
  return gzipSync(text, { level: 9 }).length;
}
