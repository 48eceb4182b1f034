import type { Clock } from '@prism/core';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../observability/logger.ts';
import { SessionArchive } from '../runtime/sessions/session-archive.ts';
import { type LiveSessions, SessionDirectory } from '../runtime/sessions/session-directory.ts';
import type { SessionSummary } from '../runtime/sessions/session-document.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import type { OpenSpending } from './open-spending.ts';

const BYTES_PER_MB = 1_000_000;

/** Where sessions go that are over. */
export interface OpenArchive {
  readonly archive: SessionArchive;
  /** All sessions, those that live and those that are kept. */
  readonly directoryOf: (live: LiveSessions, seat: WorkerSeat | undefined) => SessionDirectory;
  /** Writes what waits. Sessions must have ended before, and the store is closed after. */
  close(): Promise<void>;
}

/** What keeps the sessions that are over, as the settings have it. */
export function openArchive(
  settings: Settings,
  parts: { readonly spending: OpenSpending; readonly clock: Clock; readonly logger: Logger },
): OpenArchive {
  const { clock, logger } = parts;
  const { store } = parts.spending;
  const archive = new SessionArchive({
    clock,
    store,
    retentionDays: settings.sessionRetentionDays,
    bytesMax: settings.sessionStorageMb * BYTES_PER_MB,
    failed: (error) => logger.error({ err: error }, 'sessions were not kept, or not forgotten'),
  });
  archive.begin();
  return {
    archive,
    directoryOf: (live, seat) =>
      new SessionDirectory({
        live,
        past: store,
        settled: async () => {
          await Promise.all([archive.flush(), seat?.ask('flush')]);
        },
        elsewhere: seat && (async () => (await seat.ask('sessions')).flat() as SessionSummary[]),
      }),
    close: async () => {
      await archive.close();
      const { lostCount } = archive;
      if (lostCount > 0) logger.error({ lostCount }, 'timelines of sessions were lost');
    },
  };
}
