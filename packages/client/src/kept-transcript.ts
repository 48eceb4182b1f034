import { emptyTranscript, type Transcript } from './transcript.ts';
import type { TranscriptEntry } from './transcript-entry.ts';
import { isWireObject, numberField, textField, type WireObject } from './wire-event.ts';

/** A transcript as JSON has it. */
export interface KeptTranscript {
  /** In conversation order. */
  readonly entries: readonly TranscriptEntry[];
  readonly playingResponseId: string | undefined;
  readonly isTranscribing: boolean;
  readonly droppedCount: number;
}

/** A transcript for a store: the newest entries that make no more than `charactersMax` of JSON. */
export function keptTranscript(transcript: Transcript, charactersMax: number): KeptTranscript {
  const entries: TranscriptEntry[] = [];
  let characters = 0;
  for (const itemId of transcript.order.toReversed()) {
    const entry = transcript.entries.get(itemId);
    if (entry === undefined) continue;
    characters += JSON.stringify(entry).length;
    if (characters > charactersMax) break;
    entries.unshift(entry);
  }
  const { playingResponseId, isTranscribing } = transcript;
  const droppedCount = transcript.droppedCount + transcript.order.length - entries.length;
  return { entries, playingResponseId, isTranscribing, droppedCount };
}

/** Reads what {@link keptTranscript} made; what isn't an entry is left out. */
export function readTranscript(kept: WireObject): Transcript {
  const entries = Array.isArray(kept.entries) ? kept.entries.filter(isEntry) : [];
  return {
    ...emptyTranscript(),
    order: entries.map(({ itemId }) => itemId),
    entries: new Map(entries.map((entry) => [entry.itemId, entry])),
    playingResponseId: textField(kept, 'playingResponseId'),
    isTranscribing: kept.isTranscribing !== false,
    droppedCount: numberField(kept, 'droppedCount') ?? 0,
  };
}

/** As far as who shows it goes by: the store is the page's own. */
function isEntry(value: unknown): value is TranscriptEntry {
  return isWireObject(value) && typeof value.itemId === 'string' && typeof value.type === 'string';
}
