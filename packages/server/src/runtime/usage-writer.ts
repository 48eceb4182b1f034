import { after, type Clock, type Timer } from '@prism/core';
import { USAGE_QUEUE_COUNT_MAX } from '@prism/protocol';
import type { UsageRecord, UsageStore } from './ports/usage-store.ts';

/** How long usage waits for more to be written with it. */
const GATHER_MS = 10;
/** How long a failed write waits for the next try. */
const RETRY_MS = 1_000;
/** Records in one write. */
const BATCH_COUNT_MAX = 500;

export interface UsageWriterParts {
  readonly clock: Clock;
  readonly store: Pick<UsageStore, 'add'>;
  /** Told of each write that failed; it is tried again. */
  readonly failed: (error: unknown) => void;
}

/**
 * Usage on its way to the store: gathered for some milliseconds and written together, one write at a time, so that a
 * session never waits for a disk. Bounded: while it is full no new session begins, and what comes then is lost and
 * counted.
 */
export class UsageWriter {
  readonly #parts: UsageWriterParts;
  #waiting: UsageRecord[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #lostCount = 0;

  constructor(parts: UsageWriterParts) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#waiting.length >= USAGE_QUEUE_COUNT_MAX;
  }

  /** Records that wait to be written. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Records that there was no room for. */
  get lostCount(): number {
    return this.#lostCount;
  }

  add(record: UsageRecord): void {
    if (this.isFull) {
      this.#lostCount += 1;
      return;
    }
    this.#waiting.push(record);
    this.#arm(GATHER_MS);
  }

  /** Writes what waits, in one try; resolves when that is over. */
  async flush(): Promise<void> {
    await this.#writing;
    while (this.#waiting.length > 0 && (await this.#write()));
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(after(clock.nowMs(), delayMs), () => {
      this.#timer = undefined;
      void this.#write();
    });
  }

  /** @returns Whether it was written. */
  async #write(): Promise<boolean> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, BATCH_COUNT_MAX);
    let isWritten = true;
    this.#writing = this.#parts.store.add(batch).catch((error: unknown) => {
      isWritten = false;
      this.#waiting.unshift(...batch);
      this.#parts.failed(error);
    });
    await this.#writing;
    this.#writing = undefined;
    if (this.#waiting.length > 0) this.#arm(isWritten ? 0 : RETRY_MS);
    return isWritten;
  }
}
