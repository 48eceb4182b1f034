import { samplesToMs } from '../audio/pcm.ts';
import type { AudioSource } from './playout-queue.ts';

/** Who had a part truncated: Prism, by what was heard, or a controller that asked for it. */
export type TruncatedBy = 'prism' | 'controller';

/** One content part's audio: what was generated, left out before its beginning and sent, and how it ended. */
export interface LedgerEntry {
  readonly source: AudioSource;
  readonly generatedSamples: number;
  readonly trimmedSamples: number;
  readonly sentSamples: number;
  /** The upstream has sent the last of it, and none of it was cut off before: its length is known. */
  readonly isGenerated: boolean;
  /** Where it was truncated upstream, in ms of the audio as generated; `undefined` if it wasn't. */
  readonly truncatedMs: number | undefined;
  /** Whose truncate that was, so far as it was one. */
  readonly truncatedBy: TruncatedBy | undefined;
  /** It is settled: truncated, about to be, or deleted. Nothing more of it is played. */
  readonly isClosed: boolean;
  /** Its item is no longer in the conversation. */
  readonly isDeleted: boolean;
}

type MutableEntry = { -readonly [Field in keyof LedgerEntry]: LedgerEntry[Field] };

/** Parts remembered. Older ones can't be truncated any more; a conversation has one or two in play at a time. */
const ENTRY_COUNT_MAX = 64;

/**
 * Knows every sample of answer audio by content part: generated, trimmed, sent, still waiting, and what a cut left.
 *
 * When and at which RTP time it was sent is the sent timeline's to know (`SentTimeline`). What was heard is at most
 * what was sent. In the model's time the listener is further on by what was trimmed.
 */
export class PlayoutLedger {
  readonly #entries = new Map<string, MutableEntry>();
  /** The one that was looked for last: in most slots it is looked for again, and a key made for it would be garbage. */
  #recent: MutableEntry | undefined;
  /** Items that left the conversation, maybe before anything was heard of them here. */
  readonly #deletedIds = new Set<string>();

  /** The entries, oldest first. */
  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** Responses that speak, or have spoken. */
  get responseIds(): ReadonlySet<string> {
    return new Set([...this.#entries.values()].map(({ source }) => source.responseId));
  }

  /** Of those, the ones of which something waits, or more may come. */
  get unfinishedResponseIds(): ReadonlySet<string> {
    const unfinished = [...this.#entries.values()].filter(isUnfinished);
    return new Set(unfinished.map(({ source }) => source.responseId));
  }

  /** The upstream has begun a part, of which audio is to come. */
  begun(source: AudioSource): void {
    this.#entry(source);
  }

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

  /** Notes what was sent; answers where it begins in the part's audio as generated, in samples. */
  sent(source: AudioSource, samples: number): number {
    const entry = this.#entry(source);
    const offsetSamples = playedSamples(entry);
    entry.sentSamples += samples;
    return offsetSamples;
  }

  /** The upstream has sent all audio of this part. */
  partGenerated(itemId: string, contentIndex: number): void {
    const entry = this.find(itemId, contentIndex);
    if (entry?.isClosed === false) entry.isGenerated = true;
  }

  /** The upstream has sent all audio of this response. */
  responseGenerated(responseId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.source.responseId === responseId && !entry.isClosed) entry.isGenerated = true;
    }
  }

  entry(source: AudioSource): LedgerEntry | undefined {
    return this.find(source.itemId, source.contentIndex);
  }

  find(itemId: string, contentIndex: number): MutableEntry | undefined {
    const recent = this.#recent?.source;
    if (recent?.itemId !== itemId || recent.contentIndex !== contentIndex)
      this.#recent = this.#entries.get(keyOf(itemId, contentIndex));
    return this.#recent;
  }

  /** Closes a part: what comes of it is no longer played. */
  close(source: AudioSource): void {
    this.#entry(source).isClosed = true;
  }

  /** The upstream was told to truncate the part. */
  truncated(source: AudioSource, audioEndMs: number, by: TruncatedBy): void {
    const entry = this.#entry(source);
    entry.isClosed = true;
    entry.truncatedMs = audioEndMs;
    entry.truncatedBy = by;
  }

  /** The item is no longer in the conversation: there is nothing to truncate. */
  deleted(itemId: string): void {
    this.#deletedIds.add(itemId);
    if (this.#deletedIds.size > ENTRY_COUNT_MAX) {
      const oldest = this.#deletedIds.values().next();
      if (oldest.done !== true) this.#deletedIds.delete(oldest.value);
    }
    for (const entry of this.#entries.values()) {
      if (entry.source.itemId !== itemId) continue;
      entry.isClosed = true;
      entry.isDeleted = true;
    }
  }

  #entry(source: AudioSource): MutableEntry {
    const known = this.find(source.itemId, source.contentIndex);
    if (known !== undefined) return known;
    const isDeleted = this.#deletedIds.has(source.itemId);
    const entry = {
      source,
      generatedSamples: 0,
      trimmedSamples: 0,
      sentSamples: 0,
      isGenerated: false,
      truncatedMs: undefined,
      truncatedBy: undefined,
      isClosed: isDeleted,
      isDeleted,
    };
    this.#entries.set(keyOf(source.itemId, source.contentIndex), entry);
    if (this.#entries.size > ENTRY_COUNT_MAX) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    return entry;
  }
}

/** How far the part has been played, in the model's time: the trimmed silence counts as played. */
export function playedSamples(entry: LedgerEntry): number {
  return entry.trimmedSamples + entry.sentSamples;
}

/** Whether some of the part was not sent, or more of it may still come. */
export function isUnfinished(entry: LedgerEntry): boolean {
  return !entry.isClosed && (!entry.isGenerated || playedSamples(entry) < entry.generatedSamples);
}

/** Length of the part as generated so far, in whole ms. */
export function generatedMs(entry: LedgerEntry): number {
  return samplesToMs(entry.generatedSamples);
}

function keyOf(itemId: string, contentIndex: number): string {
  return `${itemId}/${contentIndex}`;
}
