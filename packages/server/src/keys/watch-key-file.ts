import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { ServerKey } from '../auth/key-ring.ts';
import { KeyFileError, parseKeyFile, serverKeyOf } from './key-file.ts';

/** How often the file is looked at. Looking works for every kind of mount; waiting for events doesn't. */
const LOOK_INTERVAL_MS = 500;

export interface KeyFileWatch {
  /** The keys at the start. */
  readonly keys: readonly ServerKey[];
  /** Why the file can't be used as it is now; the keys before it still count. */
  readonly trouble: () => string | undefined;
  /** Reads the file now, whether it has changed or not. */
  readonly reload: () => void;
  readonly close: () => void;
}

export interface KeyFileListener {
  readonly changed: (keys: readonly ServerKey[]) => void;
  readonly failed: (message: string) => void;
}

/** Reads a keys file, and again whenever it changes. Throws {@link KeyFileError} if it can't be used at the start. */
export function watchKeyFile(path: string, listener: KeyFileListener): KeyFileWatch {
  const keys = read(path);
  let trouble: string | undefined;
  const reload = (): void => {
    try {
      listener.changed(read(path));
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      trouble = error.message;
      listener.failed(error.message);
    }
  };
  watchFile(path, { interval: LOOK_INTERVAL_MS, persistent: false }, reload);
  return { keys, trouble: () => trouble, reload, close: () => unwatchFile(path, reload) };
}

function read(path: string): readonly ServerKey[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new KeyFileError(`The keys file ${path} can't be read (${code}).`, { cause: error });
  }
  try {
    return parseKeyFile(text).map(serverKeyOf);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new KeyFileError(`The keys file ${path} can't be used: ${error.message}.`, {
      cause: error,
    });
  }
}
