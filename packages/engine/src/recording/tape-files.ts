import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TapeSink } from './record-sessions.ts';

/** Only the owner may read a tape: it holds what people said. */
const TAPE_FILE_MODE = 0o600;

/** A folder of tapes. */
export interface TapeFolder {
  /** Opens a session's tape; `openedAtMs` is wall time. */
  readonly open: (openedAtMs: number) => TapeSink;
  /** Settles when every tape that was opened and ended is on disk. One that can't be written is not waited for. */
  readonly written: () => Promise<void>;
}

/**
 * Opens one file a session in a folder, named by its time (milliseconds since 1970) and chance. The folder is made if
 * it isn't there; throws if it can't be. A tape that can't be written ends early: recording never ends a conversation.
 */
export function tapeFolder(folderPath: string): TapeFolder {
  mkdirSync(folderPath, { recursive: true });
  /** One for each session that goes on or ended a moment ago. */
  const open = new Set<Promise<void>>();
  return {
    open: (openedAtMs) => {
      const name = `${Math.floor(openedAtMs)}-${randomBytes(4).toString('hex')}.jsonl`;
      const path = join(folderPath, name);
      const stream = createWriteStream(path, { flags: 'wx', mode: TAPE_FILE_MODE });
      stream.on('error', () => stream.destroy());
      const closed = new Promise<void>((resolve) => {
        stream.once('close', resolve);
      }).finally(() => open.delete(closed));
      open.add(closed);
      return {
        write: (line) => {
          if (!stream.destroyed) stream.write(line);
        },
        end: () => {
          if (!stream.destroyed) stream.end();
        },
      };
    },
    written: async () => {
      await Promise.all(open);
    },
  };
}
