// The type declarations of a published package: those of the compiler that its entry reaches, and the types of the
// wires written out beside them.
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { writeWireTypes } from './wire-types.mjs';

const WIRES = '@prism/protocol';
const WIRES_FILE = 'wire-types.d.ts';
const SPECIFIER = /(\bfrom\s+|\bimport\(|\bimport\s+)(['"])([^'"]+)\2/g;
const SOURCE_MAP = /^\/\/# sourceMappingURL.*\n?/m;
const TYPE_IMPORT = new RegExp(`import type \\{([^}]*)\\} from ['"]${WIRES}['"];?`, 'g');

/** The names that a declaration file takes from the wires. */
function wireNamesOf(text) {
  return [...text.matchAll(TYPE_IMPORT)].flatMap(([, list]) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  );
}

/** A specifier as it is published, and the declaration file that it leads to, if it is one of the package. */
function publishedSpecifier(specifier, folder) {
  if (specifier === WIRES) {
    const path = posix.relative(folder, WIRES_FILE.replace(/\.d\.ts$/, '.js'));
    return { specifier: path.startsWith('.') ? path : `./${path}` };
  }
  if (!specifier.startsWith('.')) return { specifier };
  const stem = specifier.replace(/\.(?:tsx?|js)$/, '');
  return { specifier: `${stem}.js`, file: posix.join(folder, `${stem}.d.ts`) };
}

/**
 * The declarations of the package whose compiled output is in `distPath`, from its entries' on, as a map from
 * file name to text. What they import is each other, or a package.
 */
export function collectDeclarations(distPath, entryNames) {
  const files = new Map();
  const wireNames = new Set();
  const waiting = [...entryNames];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (files.has(name)) continue;
    const source = readFileSync(join(distPath, name), 'utf8').replace(SOURCE_MAP, '');
    for (const wireName of wireNamesOf(source)) wireNames.add(wireName);
    const text = source.replace(SPECIFIER, (_, ...[keyword, quote, specifier]) => {
      const published = publishedSpecifier(specifier, dirname(name));
      if (published.file !== undefined) waiting.push(published.file);
      return `${keyword}${quote}${published.specifier}${quote}`;
    });
    files.set(name, text);
  }
  if (wireNames.size > 0) {
    files.set(WIRES_FILE, writeWireTypes(distPath, WIRES, [...wireNames].sort()));
  }
  return files;
}
