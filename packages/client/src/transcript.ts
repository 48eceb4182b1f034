import type { TranscriptEntry, VisibleEntry } from './transcript-entry.ts';

/** The conversation as text: an immutable value made by `reduceTranscript` from server events. */
export interface Transcript {
  /** Item ids in conversation order. */
  readonly order: readonly string[];
  readonly entries: ReadonlyMap<string, TranscriptEntry>;
  /** The response whose audio is playing, from `output_audio_buffer.started`. */
  readonly playingResponseId: string | undefined;
  /** Whether the session transcribes what the user says, as far as the session object tells. */
  readonly isTranscribing: boolean;
  /** How many entries left because the transcript was full. */
  readonly droppedCount: number;
}

/** Longest transcript that is kept; the oldest entries leave first. */
export const TRANSCRIPT_CAPACITY_COUNT = 400;

/** A transcript without entries. */
export function emptyTranscript(): Transcript {
  return {
    order: [],
    entries: new Map(),
    playingResponseId: undefined,
    isTranscribing: true,
    droppedCount: 0,
  };
}

/** The entries to show, in conversation order. */
export function visibleEntries(transcript: Transcript): readonly VisibleEntry[] {
  const visible: VisibleEntry[] = [];
  for (const itemId of transcript.order) {
    const entry = transcript.entries.get(itemId);
    if (entry !== undefined && entry.type !== 'hidden') visible.push(entry);
  }
  return visible;
}

/** The transcript with an entry replaced, or added at the end; the oldest leave a full one. */
export function withEntry(transcript: Transcript, entry: TranscriptEntry): Transcript {
  const entries = new Map(transcript.entries);
  entries.set(entry.itemId, entry);
  if (transcript.entries.has(entry.itemId)) return { ...transcript, entries };
  const order = [...transcript.order, entry.itemId];
  const excessCount = Math.max(0, order.length - TRANSCRIPT_CAPACITY_COUNT);
  for (const itemId of order.splice(0, excessCount)) entries.delete(itemId);
  return { ...transcript, entries, order, droppedCount: transcript.droppedCount + excessCount };
}

/** The transcript without an item. */
export function without(transcript: Transcript, itemId: string): Transcript {
  const entries = new Map(transcript.entries);
  entries.delete(itemId);
  return { ...transcript, entries, order: transcript.order.filter((id) => id !== itemId) };
}

/** Moves an item behind its predecessor: `null` is the front, an unknown one changes nothing. */
export function placeAfter(transcript: Transcript, itemId: string, previous: unknown): Transcript {
  if (previous !== null && typeof previous !== 'string') return transcript;
  const order = transcript.order.filter((id) => id !== itemId);
  const index = previous === null ? 0 : order.indexOf(previous) + 1;
  if (previous !== null && index === 0) return transcript;
  order.splice(index, 0, itemId);
  return { ...transcript, order };
}
