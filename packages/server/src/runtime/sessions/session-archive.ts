import { after, type Clock, type Timer } from '@prism/core';
import type { SessionStore, StoredSession } from '../ports/session-store.ts';

/** Sessions that wait to be written; their timelines are some hundred kB at most. */
export const ARCHIVE_QUEUE_COUNT_MAX = 64;
const DAY_MS = 86_400_000;
/** How often what is too old or too much is forgotten, whether sessions end or not. */
const FORGET_INTERVAL_MS = 600_000;

export interface SessionArchiveParts {
  readonly clock: Clock;
  readonly store: Pick<SessionStore, 'keepSessions' | 'forgetSessions'>;
  /** Keeps nothing if it is 0, and forgets what was kept before. */
  readonly retentionDays: number;
  readonly bytesMax: number;
  /** Told of each write that failed; what it held is lost, and counted. And of what couldn't be forgotten, which is tried again. */
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
  #timer: Timer | undefined;
  #forgetting: Promise<void> | undefined;
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

  /** Forgets what is too old or too much, now and every ten minutes until it is closed. */
  begin(): void {
    const { clock } = this.#parts;
    this.#forgetting = this.#forget();
    this.#timer = clock.setTimer(after(clock.nowMs(), FORGET_INTERVAL_MS), () => this.begin());
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

  /** Writes what waits; no timer is left. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.flush();
    await this.#forgetting;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#parts.store.keepSessions(batch);
      } catch (error) {
        this.#lostCount += batch.length;
        this.#parts.failed(error);
      }
    }
    this.#writing = undefined;
  }

  async #forget(): Promise<void> {
    const { clock, store, retentionDays, bytesMax, failed } = this.#parts;
    const beforeMs = clock.wallMs() - retentionDays * DAY_MS;
    await store.forgetSessions({ beforeMs, bytesMax }).catch(failed);
  }
}
