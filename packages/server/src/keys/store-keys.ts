import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type KeyEntry, KeyFileError, parseKeyFile, writeKeyFile } from './key-file.ts';

/** Only its owner reads or writes it. */
const MODE = 0o600;

/** The keys of a file; none if it isn't there. Throws {@link KeyFileError} if it can't be used. */
export function loadKeys(path: string): readonly KeyEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new KeyFileError(`it can't be read (${codeOf(error)})`, { cause: error });
  }
  return parseKeyFile(text);
}

/**
 * Changes the keys of a file in one step: whoever reads it sees all of the change or nothing, and of two changes at a
 * time the second is refused. Throws {@link KeyFileError}.
 */
export function changeKeys(
  path: string,
  change: (entries: readonly KeyEntry[]) => readonly KeyEntry[],
): void {
  // The file that will take the old one's place is the lock too.
  const newPath = `${path}.new`;
  let file: number;
  try {
    file = openSync(newPath, 'wx', MODE);
  } catch (error) {
    const detail =
      codeOf(error) === 'EEXIST'
        ? `${newPath} is there: another prism keys is at work, or was cut off; then delete it`
        : `${newPath} can't be written (${codeOf(error)})`;
    throw new KeyFileError(detail, { cause: error });
  }
  try {
    writeSync(file, writeKeyFile(change(loadKeys(path))));
    fsyncSync(file);
    renameSync(newPath, path);
  } catch (error) {
    rmSync(newPath, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
