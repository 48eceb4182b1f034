import type { AudioSource } from './playout-queue.ts';

/** One item's audio: what was generated, what was left out before its beginning, what has been sent. */
export interface LedgerEntry {
  readonly source: AudioSource;
  readonly generatedSamples: number;
  readonly trimmedSamples: number;
  readonly sentSamples: number;
}

interface MutableEntry {
  readonly source: AudioSource;
  generatedSamples: number;
  trimmedSamples: number;
  sentSamples: number;
}

/** Items remembered. Older ones can't be truncated any more; a conversation has one or two in play at a time. */
const ENTRY_COUNT_MAX = 64;

/**
 * Knows every sample of answer audio by item: generated, sent, still waiting.
 *
 * What was heard is at most what was sent: the listener still holds some of it. `sentSamples` is therefore an upper
 * bound of what was heard. In the model's time the listener is further on by what was trimmed.
 */
export class PlayoutLedger {
  readonly #entries = new Map<string, MutableEntry>();
  /** The entry that `sent` found last: frame after frame it is the same. */
  #playing: MutableEntry | undefined;

  generated(source: AudioSource, samples: number): void {
    this.#entry(source).generatedSamples += samples;
  }

  /** So much of what was generated had no room and will not be played. */
  refused(source: AudioSource, samples: number): void {
    this.#entry(source).generatedSamples -= samples;
  }

  /** So much silence before the item's first sound will not be played. */
  trimmed(source: AudioSource, samples: number): void {
    this.#entry(source).trimmedSamples += samples;
  }

  sent(source: AudioSource, samples: number): void {
    if (this.#playing === undefined || !isSameItem(this.#playing.source, source))
      this.#playing = this.#entry(source);
    this.#playing.sentSamples += samples;
  }

  entry(source: AudioSource): LedgerEntry | undefined {
    return this.#entries.get(keyOf(source));
  }

  /** Entries of which some audio has not been sent, oldest first. */
  unfinished(): readonly LedgerEntry[] {
    return [...this.#entries.values()].filter(
      (entry) => playedSamples(entry) < entry.generatedSamples,
    );
  }

  /** Closes an item after its end was cut away: nothing of it is unfinished any more. */
  truncated(source: AudioSource): void {
    const entry = this.#entries.get(keyOf(source));
    if (entry !== undefined) entry.generatedSamples = playedSamples(entry);
  }

  #entry(source: AudioSource): MutableEntry {
    const key = keyOf(source);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry = { source, generatedSamples: 0, trimmedSamples: 0, sentSamples: 0 };
    this.#entries.set(key, entry);
    if (this.#entries.size > ENTRY_COUNT_MAX) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
      this.#playing = undefined;
    }
    return entry;
  }
}

/** How far the item has been played, in the model's time: the trimmed silence counts as played. */
export function playedSamples(entry: LedgerEntry): number {
  return entry.trimmedSamples + entry.sentSamples;
}

function isSameItem(one: AudioSource, other: AudioSource): boolean {
  return one.itemId === other.itemId && one.contentIndex === other.contentIndex;
}

function keyOf(source: AudioSource): string {
  return `${source.itemId}/${source.contentIndex}`;
}
