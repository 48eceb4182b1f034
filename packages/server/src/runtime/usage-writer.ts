import { after, type Clock, type MonotonicMs, type Timer } from '@prism/core';
import { USAGE_QUEUE_COUNT_MAX } from '@prism/protocol';
import { MediaUsage } from './media-usage.ts';
import type { UsageRecord, UsageStore } from './ports/usage-store.ts';

/** How long a response or a transcription waits for more to be written with it. */
const GATHER_MS = 10;
/** How long audio and time do, of which every session tells once a second or more. */
const MEDIA_GATHER_MS = 1_000;
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
 * Usage on its way to the store: gathered for a while and written together, one write at a time, so that a session
 * never waits for a disk, nor the disk for every second of audio. Bounded: while it is full no new session begins, and
 * what comes then is lost and counted.
 */
export class UsageWriter {
  readonly #parts: UsageWriterParts;
  #waiting: UsageRecord[] = [];
  readonly #media = new MediaUsage();
  /** When the audio and time that wait are to be written. */
  #mediaDueMs: MonotonicMs | undefined;
  #pausedUntilMs = 0 as MonotonicMs;
  #timer: { readonly timer: Timer; readonly atMs: MonotonicMs } | undefined;
  #writing: Promise<void> | undefined;
  #lostCount = 0;

  constructor(parts: UsageWriterParts) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#waiting.length + this.#media.size >= USAGE_QUEUE_COUNT_MAX;
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
    if (record.entry.kind === 'media') return this.#addMedia(record);
    if (this.isFull) {
      this.#lostCount += 1;
      return;
    }
    this.#waiting.push(record);
    this.#arm(after(this.#parts.clock.nowMs(), GATHER_MS));
  }

  /** Writes what waits, in one try; resolves when that is over. */
  async flush(): Promise<void> {
    await this.#writing;
    while (this.#waiting.length + this.#media.size > 0 && (await this.#write('everything')));
  }

  #addMedia(record: UsageRecord): void {
    if (!this.#media.add(record, !this.isFull)) {
      this.#lostCount += 1;
      return;
    }
    if (this.#mediaDueMs !== undefined) return;
    this.#mediaDueMs = after(this.#parts.clock.nowMs(), MEDIA_GATHER_MS);
    this.#arm(this.#mediaDueMs);
  }

  /** Writes at this time or before it; after the write that is on, and not before the next try of one that failed. */
  #arm(wantedMs: MonotonicMs): void {
    if (this.#writing !== undefined) return;
    const atMs = Math.max(wantedMs, this.#pausedUntilMs) as MonotonicMs;
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#disarm();
    const timer = this.#parts.clock.setTimer(atMs, () => {
      this.#timer = undefined;
      void this.#write('due');
    });
    this.#timer = { timer, atMs };
  }

  #disarm(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  /** @returns Whether it was written. */
  async #write(what: 'due' | 'everything'): Promise<boolean> {
    this.#disarm();
    const batch = this.#nextBatch(what);
    let isWritten = true;
    this.#writing = this.#parts.store.add(batch).catch((error: unknown) => {
      isWritten = false;
      this.#putBack(batch);
      this.#parts.failed(error);
    });
    await this.#writing;
    this.#writing = undefined;
    const nowMs = this.#parts.clock.nowMs();
    if (!isWritten) this.#pausedUntilMs = after(nowMs, RETRY_MS);
    if (this.#waiting.length > 0) this.#arm(nowMs);
    if (this.#mediaDueMs !== undefined) this.#arm(this.#mediaDueMs);
    return isWritten;
  }

  #nextBatch(what: 'due' | 'everything'): readonly UsageRecord[] {
    const batch = this.#waiting.splice(0, BATCH_COUNT_MAX);
    const isMediaDue = (this.#mediaDueMs ?? Number.POSITIVE_INFINITY) <= this.#parts.clock.nowMs();
    if (what === 'due' && !isMediaDue) return batch;
    batch.push(...this.#media.take(BATCH_COUNT_MAX - batch.length));
    if (this.#media.size === 0) this.#mediaDueMs = undefined;
    return batch;
  }

  /** They had their places, and have them again. */
  #putBack(batch: readonly UsageRecord[]): void {
    this.#waiting.unshift(...batch.filter(({ entry }) => entry.kind !== 'media'));
    for (const record of batch) if (record.entry.kind === 'media') this.#media.add(record, true);
    if (this.#media.size > 0) this.#mediaDueMs ??= this.#parts.clock.nowMs();
  }
}
