import type { ResponseEntry, TimelineEntry } from './timeline-entry.ts';

/** Entries of one session; an hour of talk has about as many. */
export const TIMELINE_ENTRY_COUNT_MAX = 2_000;
/** What they may take as JSON, about. */
export const TIMELINE_BYTES_MAX = 256 * 1_024;

/** An entry of numbers alone, as JSON. */
const ENTRY_BYTES = 60;
const SAMPLE_BYTES = 220;

/**
 * The entries of one session in their order, bounded. At a bound the oldest network sample goes, then the oldest entry
 * of any kind; both are counted.
 */
export class EntryLog {
  #entries: TimelineEntry[] = [];
  #sizeBytes = 0;
  #sampleCount = 0;
  #samplesDropped = 0;
  #entriesDropped = 0;

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  /** What happened to responses since then, oldest first. Looks no further back: a log of hours is long. */
  responsesSince(atMs: number): readonly ResponseEntry[] {
    const found: ResponseEntry[] = [];
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index];
      // Steps of the set-up alone are told later than they were.
      if (entry === undefined || (entry.atMs < atMs && entry.type !== 'setup')) break;
      if (entry.type === 'response' && entry.atMs >= atMs) found.push(entry);
    }
    return found.reverse();
  }

  get samplesDropped(): number {
    return this.#samplesDropped;
  }

  /** Without the samples. */
  get entriesDropped(): number {
    return this.#entriesDropped;
  }

  add(entry: TimelineEntry): void {
    this.#entries.push(entry);
    this.#sizeBytes += sizeOf(entry);
    if (entry.type === 'network') this.#sampleCount += 1;
    while (this.#entries.length > TIMELINE_ENTRY_COUNT_MAX || this.#sizeBytes > TIMELINE_BYTES_MAX)
      this.#drop();
  }

  #drop(): void {
    const isSample = this.#sampleCount > 0;
    const index = isSample ? this.#entries.findIndex(({ type }) => type === 'network') : 0;
    const [dropped] = this.#entries.splice(index, 1);
    if (dropped === undefined) return;
    this.#sizeBytes -= sizeOf(dropped);
    if (isSample) {
      this.#sampleCount -= 1;
      this.#samplesDropped += 1;
    } else this.#entriesDropped += 1;
  }
}

/** About what it takes as JSON. */
function sizeOf(entry: TimelineEntry): number {
  if (entry.type === 'network') return SAMPLE_BYTES;
  if (entry.type !== 'fact') return ENTRY_BYTES + (entry.type === 'response' ? 40 : 0);
  let sizeBytes = ENTRY_BYTES;
  const fact: Readonly<Record<string, unknown>> = entry.fact;
  for (const name in fact) {
    const value = fact[name];
    sizeBytes += name.length + 6 + (typeof value === 'string' ? value.length : 8);
  }
  return sizeBytes;
}
