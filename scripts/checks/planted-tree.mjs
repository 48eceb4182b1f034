// A tree of planted files for the tests of the checks, in a folder that is removed after the test.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Writes `texts` (path to text) into a new folder; `t.after` removes it. Answers its path. */
export function plantTree(t, texts) {
  const rootPath = mkdtempSync(join(tmpdir(), 'prism-planted-'));
  t.after(() => rmSync(rootPath, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(rootPath, path)), { recursive: true });
    writeFileSync(join(rootPath, path), text);
  }
  return rootPath;
}
