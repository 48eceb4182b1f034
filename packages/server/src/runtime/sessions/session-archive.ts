import type { Clock } from '@prism/core';
import type { SessionStore, StoredSession } from '../ports/session-store.ts';

/** Sessions that wait to be written; their timelines are some hundred kB at most. */
export const ARCHIVE_QUEUE_COUNT_MAX = 64;
const DAY_MS = 86_400_000;
/** What is too old or too much is forgotten at most so often. */
const FORGET_INTERVAL_MS = 600_000;

export interface SessionArchiveParts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly store: Pick<SessionStore, 'keepSessions' | 'forgetSessions'>;
  /** Keeps nothing if it is 0. */
  readonly retentionDays: number;
  readonly bytesMax: number;
  /** Told of each write that failed; what it held is lost, and counted. */
  readonly failed: (error: unknown) => void;
}

/**
 * Sessions that are over on their way to the store, one write at a time. Nobody waits for it: what it can't write, or
 * has no room for, is lost and counted.
 */
export class SessionArchive {
  readonly #parts: SessionArchiveParts;
  #waiting: StoredSession[] = [];
  #writing: Promise<void> | undefined;
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  #lostCount = 0;

  constructor(parts: SessionArchiveParts) {
    this.#parts = parts;
  }

  /** Whether sessions are kept at all. */
  get isOn(): boolean {
    return this.#parts.retentionDays > 0;
  }

  get lostCount(): number {
    return this.#lostCount;
  }

  /** @param session - Made if it is kept. */
  keep(session: () => StoredSession): void {
    if (!this.isOn) return;
    if (this.#waiting.length >= ARCHIVE_QUEUE_COUNT_MAX) {
      this.#lostCount += 1;
      return;
    }
    this.#waiting.push(session());
    this.#writing ??= this.#write();
  }

  /** Resolves when what waits now has been written, or is lost. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#parts.store.keepSessions(batch);
        await this.#forget();
      } catch (error) {
        this.#lostCount += batch.length;
        this.#parts.failed(error);
      }
    }
    this.#writing = undefined;
  }

  async #forget(): Promise<void> {
    const { clock, store, retentionDays, bytesMax } = this.#parts;
    const nowMs = clock.wallMs();
    if (nowMs - this.#forgotAtMs < FORGET_INTERVAL_MS) return;
    this.#forgotAtMs = nowMs;
    await store.forgetSessions({ beforeMs: nowMs - retentionDays * DAY_MS, bytesMax });
  }
}
