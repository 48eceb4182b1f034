import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TapeSink } from './record-sessions.ts';

/** Only the owner may read a tape: it holds what people said. */
const TAPE_FILE_MODE = 0o600;

/**
 * Opens one file a session in a folder, named by its time (milliseconds since 1970) and chance. The folder is made if it isn't there; throws if it
 * can't be. A tape that can't be written ends early: recording never ends a conversation.
 */
export function tapeFiles(folderPath: string): (openedAtMs: number) => TapeSink {
  mkdirSync(folderPath, { recursive: true });
  return (openedAtMs) => {
    const name = `${Math.floor(openedAtMs)}-${randomBytes(4).toString('hex')}.jsonl`;
    const stream = createWriteStream(join(folderPath, name), { flags: 'wx', mode: TAPE_FILE_MODE });
    stream.on('error', () => stream.destroy());
    return {
      write: (line) => {
        if (!stream.destroyed) stream.write(line);
      },
      end: () => {
        if (!stream.destroyed) stream.end();
      },
    };
  };
}
