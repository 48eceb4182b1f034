import { definedFields } from './defined-fields.ts';
import { placeAfter, type Transcript, withEntry } from './transcript.ts';
import type { EntryStatus, MessageEntry, ToolCallEntry } from './transcript-entry.ts';
import { CONTENT_INDEX_MAX, emptyMessage, withPart } from './transcript-entry.ts';
import type { WireEvent, WireObject } from './wire-event.ts';
import { objectField, objectsField, textField } from './wire-event.ts';

/** The message with this id, or a new one. */
export function messageOf(
  transcript: Transcript,
  itemId: string,
  role: MessageEntry['role'],
): MessageEntry {
  const entry = transcript.entries.get(itemId);
  return entry?.type === 'message' ? entry : emptyMessage(itemId, role);
}

/** The later status of two; an interruption is never taken back. */
function laterStatus(now: EntryStatus, next: EntryStatus): EntryStatus {
  if (now === 'interrupted') return now;
  return next === 'partial' ? now : next;
}

function readMessageItem(entry: MessageEntry, item: WireObject): MessageEntry {
  let message = entry;
  for (const [index, part] of objectsField(item, 'content').slice(0, CONTENT_INDEX_MAX).entries()) {
    const partType = textField(part, 'type') ?? '';
    if (partType.includes('audio')) message = { ...message, isSpoken: true };
    const text = textField(part, 'text') ?? textField(part, 'transcript');
    if (text !== undefined && text !== '') message = withPart(message, index, text);
    else if (partType === 'input_image') message = withPart(message, index, '[image]');
  }
  return message;
}

function hasTranscript(item: WireObject): boolean {
  const parts = objectsField(item, 'content');
  return parts.some((part) => (textField(part, 'transcript') ?? '') !== '');
}

function itemStatus(item: WireObject): EntryStatus {
  return textField(item, 'status') === 'incomplete' ? 'interrupted' : 'final';
}

function readToolCall(transcript: Transcript, itemId: string, item: WireObject): ToolCallEntry {
  const entry = transcript.entries.get(itemId);
  const known = entry?.type === 'tool_call' ? entry : undefined;
  const argumentsText = textField(item, 'arguments') ?? '';
  return definedFields({
    type: 'tool_call' as const,
    itemId,
    callId: textField(item, 'call_id') ?? known?.callId ?? '',
    name: textField(item, 'name') ?? known?.name ?? '',
    argumentsText: argumentsText === '' ? (known?.argumentsText ?? '') : argumentsText,
    status: known?.status ?? 'partial',
    outputText: known?.outputText,
    responseId: known?.responseId,
  });
}

function applyOutput(transcript: Transcript, itemId: string, item: WireObject): Transcript {
  let next = withEntry(transcript, { type: 'hidden', itemId });
  const callId = textField(item, 'call_id');
  for (const entry of transcript.entries.values()) {
    if (entry.type === 'tool_call' && entry.callId === callId) {
      next = withEntry(next, { ...entry, outputText: textField(item, 'output') ?? '' });
    }
  }
  return next;
}

function roleOf(item: WireObject): MessageEntry['role'] {
  const role = textField(item, 'role');
  return role === 'user' || role === 'assistant' ? role : 'system';
}

/** What ids of items begin with by which Prism tells the model what the user sees: nobody said them. */
const CONTEXT_ITEM_PREFIX = 'context_';

function applyMessage(transcript: Transcript, item: WireObject, isDone: boolean): Transcript {
  const message = messageOf(transcript, textField(item, 'id') ?? '', roleOf(item));
  const read = readMessageItem({ ...message, role: roleOf(item) }, item);
  // What the user said is complete when its transcript is, which is not an item event.
  const awaitsTranscript = read.role === 'user' && read.isSpoken && transcript.isTranscribing;
  const isComplete = isDone && !(awaitsTranscript && !hasTranscript(item));
  const status = isComplete ? laterStatus(read.status, itemStatus(item)) : read.status;
  return withEntry(transcript, { ...read, status });
}

/** Takes in an item object of the wire; `isDone` says that it is complete. */
export function applyItem(transcript: Transcript, item: WireObject, isDone: boolean): Transcript {
  const itemId = textField(item, 'id');
  if (itemId === undefined) return transcript;
  switch (textField(item, 'type')) {
    case 'message':
      if (itemId.startsWith(CONTEXT_ITEM_PREFIX))
        return withEntry(transcript, { type: 'hidden', itemId });
      return applyMessage(transcript, item, isDone);
    case 'function_call': {
      const call = readToolCall(transcript, itemId, item);
      const status = isDone ? laterStatus(call.status, itemStatus(item)) : call.status;
      return withEntry(transcript, { ...call, status });
    }
    case 'function_call_output':
      return applyOutput(transcript, itemId, item);
    default:
      return withEntry(transcript, { type: 'hidden', itemId });
  }
}

/** Takes in `conversation.item.added` or `.done`. */
export function applyItemEvent(
  transcript: Transcript,
  event: WireEvent,
  isDone: boolean,
): Transcript {
  const item = objectField(event, 'item');
  const itemId = textField(item, 'id');
  if (item === undefined || itemId === undefined) return transcript;
  const isKnown = transcript.entries.has(itemId);
  const next = applyItem(transcript, item, isDone);
  // `done` may name no predecessor although there is one, so only the first sight may place.
  return isDone && isKnown ? next : placeAfter(next, itemId, event.previous_item_id);
}
