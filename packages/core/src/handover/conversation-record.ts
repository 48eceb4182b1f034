import type { SessionConfig, SessionLimits } from '@prism/protocol';
import type { EntryStatus } from '../transcript/transcript-order.ts';

/** An item that nobody says: what a tool was asked and answered, what the system wrote. */
export type RecordedItem =
  | {
      readonly type: 'function_call';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    }
  | { readonly type: 'function_call_output'; readonly call_id: string; readonly output: string }
  | { readonly type: 'message'; readonly role: 'system'; readonly text: string };

/** One item of a conversation, in its place. */
export interface RecordedEntry {
  readonly itemId: string;
  /** `other`: never told as a transcript. */
  readonly role: 'user' | 'assistant' | 'other';
  /** What the user said, or what was heard of the assistant's answer. */
  readonly text: string;
  readonly status: EntryStatus;
  /** Whether those who follow the transcript have been told. */
  readonly isTold: boolean;
  /** Undefined for what is said, and for what can't be made again. */
  readonly item?: RecordedItem | undefined;
}

/** All that another process needs to go on with a conversation: plain data, JSON both ways. */
export interface ConversationRecord {
  readonly version: 1;
  /** Oldest first. */
  readonly entries: readonly RecordedEntry[];
  /** Older ones, which were left out. */
  readonly omittedEntries: number;
  /** What the session was configured with, by all who may. */
  readonly config: SessionConfig;
  /** What is left of the session's limits. */
  readonly limits: SessionLimits;
  /** Whether an answer was cut off, or was still to come. */
  readonly isAnswerDue: boolean;
  /** Whether the client knows events of Prism's own. */
  readonly isClientAware: boolean;
  /** The client's newest events, so that one that missed some can be told. */
  readonly history: readonly string[];
  /** The last of the client's own events that the session has taken in; undefined before the first with an id. */
  readonly lastClientEventId?: string | undefined;
}

/** A record of at most so many characters as JSON: old events go first, then the oldest entries. */
export function boundedRecord(record: ConversationRecord, charsMax: number): ConversationRecord {
  const sizeOf = (value: unknown): number => JSON.stringify(value).length + 1;
  let spareChars = charsMax - sizeOf({ ...record, entries: [], history: [] });
  const newestWithin = <Value>(values: readonly Value[], chars: number): readonly Value[] => {
    let used = 0;
    const last = values.findLastIndex((value) => {
      used += sizeOf(value);
      return used > chars;
    });
    return values.slice(last + 1);
  };
  const entries = newestWithin(record.entries, spareChars);
  spareChars -= sizeOf(entries);
  return {
    ...record,
    entries,
    history: newestWithin(record.history, spareChars),
    omittedEntries: record.omittedEntries + record.entries.length - entries.length,
  };
}
