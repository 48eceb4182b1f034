/** Content indices from here on are taken for 0: no item has that many parts. */
export const CONTENT_INDEX_MAX = 64;

/** How far an entry is: still growing, complete, or cut off before its end. */
export type EntryStatus = 'partial' | 'final' | 'interrupted';

/** Something said or typed by the user, the assistant or the system. */
export interface MessageEntry {
  readonly type: 'message';
  readonly itemId: string;
  readonly role: 'user' | 'assistant' | 'system';
  /** Text by content index; `text` is their concatenation. */
  readonly parts: readonly string[];
  readonly text: string;
  readonly status: EntryStatus;
  /** Whether the item is audio; its text is then a transcript. */
  readonly isSpoken: boolean;
  /** How much of the spoken answer was heard, from `conversation.item.truncated`. */
  readonly heardMs?: number;
  /** The words of a spoken answer that were heard, from `prism.transcript.heard`; `text` has what was generated. */
  readonly heardText?: string;
  /** The response that produced an assistant's entry. */
  readonly responseId?: string;
  /** Why there is no transcript, from `…input_audio_transcription.failed`. */
  readonly failure?: string;
}

/** A function call of the model, with its output once somebody gave one. */
export interface ToolCallEntry {
  readonly type: 'tool_call';
  readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  /** The arguments as the JSON text received so far. */
  readonly argumentsText: string;
  readonly outputText?: string;
  readonly status: EntryStatus;
  readonly responseId?: string;
}

/** An item that has a place in the conversation but is not shown, such as a tool's output. */
export interface HiddenEntry {
  readonly type: 'hidden';
  readonly itemId: string;
}

/** One item of the conversation as the transcript knows it. */
export type TranscriptEntry = MessageEntry | ToolCallEntry | HiddenEntry;

/** An entry that is shown. */
export type VisibleEntry = MessageEntry | ToolCallEntry;

/** A new, empty message entry. */
export function emptyMessage(itemId: string, role: MessageEntry['role']): MessageEntry {
  return {
    type: 'message',
    itemId,
    role,
    parts: [],
    text: '',
    status: 'partial',
    isSpoken: false,
  };
}

/** The message with the text of one content part replaced; gaps before it become empty. */
export function withPart(entry: MessageEntry, contentIndex: number, text: string): MessageEntry {
  const parts = [...entry.parts];
  while (parts.length < contentIndex) parts.push('');
  parts[contentIndex] = text;
  return { ...entry, parts, text: parts.join('') };
}
