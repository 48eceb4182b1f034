// The command under test, and the flags with which it starts Node, for benchmarks that start Node themselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By a path of this build, or of another one in `folderPath`, which may be from before there were flags. */
export function prismCommand(folderPath = join(import.meta.dirname, '..')) {
  const binPath = join(folderPath, 'packages/server/bin');
  const flags = [];
  try {
    const [, flag] =
      /^exec node (--\S+) /m.exec(readFileSync(join(binPath, 'prism'), 'utf8')) ?? [];
    if (flag !== undefined) flags.push(flag);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return { path: join(binPath, 'prism.js'), flags };
}
