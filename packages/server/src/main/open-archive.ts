import type { Clock } from '@prism/core';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { SessionStore } from '../runtime/ports/session-store.ts';
import { SessionArchive } from '../runtime/sessions/session-archive.ts';

const BYTES_PER_MB = 1_000_000;

/** Where sessions go that are over. */
export interface OpenArchive {
  readonly archive: SessionArchive;
  /** Writes what waits. Sessions must have ended before, and the store is closed after. */
  close(): Promise<void>;
}

/** What keeps the sessions that are over, as the settings have it. */
export function openArchive(
  settings: Settings,
  parts: { readonly store: SessionStore; readonly clock: Clock; readonly logger: Logger },
): OpenArchive {
  const { store, clock, logger } = parts;
  const archive = new SessionArchive({
    clock,
    store,
    retentionDays: settings.sessionRetentionDays,
    bytesMax: settings.sessionStorageMb * BYTES_PER_MB,
    failed: (error) => logger.error({ err: error }, 'sessions were not kept'),
  });
  return {
    archive,
    close: async () => {
      await archive.flush();
      const { lostCount } = archive;
      if (lostCount > 0) logger.error({ lostCount }, 'timelines of sessions were lost');
    },
  };
}
