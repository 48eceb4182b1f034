import { plusMedia } from '@prism/core';
import type { UsageRecord } from './ports/usage-store.ts';

const HOUR_MS = 3_600_000;

/** Audio and time that wait to be written, which every session tells of all the time: one record for each, added up. */
export class MediaUsage {
  readonly #records = new Map<string, UsageRecord>();

  get size(): number {
    return this.#records.size;
  }

  /** False if it would need a place and may not have one. */
  add(record: UsageRecord, isPlaceLeft: boolean): boolean {
    const key = keyOf(record);
    const known = this.#records.get(key);
    if (known === undefined && !isPlaceLeft) return false;
    const sum = known === undefined ? record.entry : plusMedia(known.entry, record.entry);
    this.#records.set(key, { ...record, entry: sum });
    return true;
  }

  /** So many of them, those that came first; they wait no longer. */
  take(countMax: number): readonly UsageRecord[] {
    const taken = [...this.#records].slice(0, countMax);
    for (const [key] of taken) this.#records.delete(key);
    return taken.map(([, record]) => record);
  }
}

/** What the ledger keeps in one row. */
function keyOf({ sessionId, atMs, entry }: UsageRecord): string {
  return `${sessionId} ${Math.floor(atMs / HOUR_MS)} ${entry.model}`;
}
