import { definedFields } from './defined-fields.ts';
import { placeAfter, type Transcript, withEntry, without } from './transcript.ts';
import type { MessageEntry } from './transcript-entry.ts';
import { CONTENT_INDEX_MAX, withPart } from './transcript-entry.ts';
import { applyItem, applyItemEvent, messageOf } from './transcript-item.ts';
import { numberField, objectField, textField, type WireEvent } from './wire-event.ts';

function contentIndexOf(event: WireEvent): number {
  const index = numberField(event, 'content_index') ?? 0;
  return Number.isInteger(index) && index >= 0 && index < CONTENT_INDEX_MAX ? index : 0;
}

function bindToResponse(transcript: Transcript, event: WireEvent): Transcript {
  const itemId = textField(event, 'item_id') ?? textField(objectField(event, 'item'), 'id');
  const responseId = textField(event, 'response_id');
  const entry = itemId === undefined ? undefined : transcript.entries.get(itemId);
  if (responseId === undefined || entry === undefined || entry.type === 'hidden') return transcript;
  return entry.responseId === responseId
    ? transcript
    : withEntry(transcript, { ...entry, responseId });
}

function applyText(
  transcript: Transcript,
  event: WireEvent,
  write: {
    readonly role: 'user' | 'assistant';
    readonly isSpoken: boolean;
    readonly full?: string;
  },
): Transcript {
  const itemId = textField(event, 'item_id');
  if (itemId === undefined) return transcript;
  const message = messageOf(transcript, itemId, write.role);
  const index = contentIndexOf(event);
  const grown = (message.parts[index] ?? '') + (textField(event, 'delta') ?? '');
  const next = withPart(message, index, write.full ?? grown);
  return withEntry(transcript, { ...next, isSpoken: write.isSpoken });
}

function applyArguments(transcript: Transcript, event: WireEvent, full?: string): Transcript {
  const itemId = textField(event, 'item_id');
  const entry = itemId === undefined ? undefined : transcript.entries.get(itemId);
  if (entry?.type !== 'tool_call') return transcript;
  const argumentsText = full ?? entry.argumentsText + (textField(event, 'delta') ?? '');
  return withEntry(transcript, { ...entry, argumentsText });
}

function changeMessage(
  transcript: Transcript,
  itemId: string | undefined,
  change: Partial<MessageEntry>,
): Transcript {
  const entry = itemId === undefined ? undefined : transcript.entries.get(itemId);
  if (entry?.type !== 'message') return transcript;
  return withEntry(transcript, { ...entry, ...change });
}

function finishUserText(transcript: Transcript, event: WireEvent): Transcript {
  const full = textField(event, 'transcript') ?? '';
  const next = applyText(transcript, event, { role: 'user', isSpoken: true, full });
  return changeMessage(next, textField(event, 'item_id'), { status: 'final' });
}

function failUserText(transcript: Transcript, event: WireEvent): Transcript {
  const itemId = textField(event, 'item_id');
  if (itemId === undefined) return transcript;
  const failure = textField(objectField(event, 'error'), 'message') ?? 'no transcript';
  const message = messageOf(transcript, itemId, 'user');
  return withEntry(transcript, { ...message, isSpoken: true, failure, status: 'final' });
}

/** Reserves the place of what the user begins to say. */
function reserveUserEntry(transcript: Transcript, event: WireEvent): Transcript {
  const itemId = textField(event, 'item_id');
  if (itemId === undefined) return transcript;
  const message = messageOf(transcript, itemId, 'user');
  const next = withEntry(transcript, { ...message, isSpoken: true });
  return placeAfter(next, itemId, event.previous_item_id);
}

function truncate(transcript: Transcript, event: WireEvent): Transcript {
  const change = { status: 'interrupted' as const, heardMs: numberField(event, 'audio_end_ms') };
  return changeMessage(transcript, textField(event, 'item_id'), definedFields(change));
}

/** Notes what was heard of an answer. Of one with several spoken parts, the last told counts. */
function hear(transcript: Transcript, event: WireEvent): Transcript {
  const change = {
    heardText: textField(event, 'transcript'),
    heardMs: numberField(event, 'heard_ms'),
    status: event.is_cut === true ? ('interrupted' as const) : undefined,
  };
  return changeMessage(transcript, textField(event, 'item_id'), definedFields(change));
}

/** Marks the last spoken entry of a response whose playing audio was thrown away. */
function clearPlayback(transcript: Transcript, event: WireEvent): Transcript {
  const responseId = textField(event, 'response_id');
  if (responseId === undefined || transcript.playingResponseId !== responseId) return transcript;
  const last = transcript.order.findLast((itemId) => {
    const entry = transcript.entries.get(itemId);
    return entry?.type === 'message' && entry.responseId === responseId;
  });
  const next = changeMessage(transcript, last, { status: 'interrupted' });
  return { ...next, playingResponseId: undefined };
}

/** Settles what a finished response left open: nothing of it will grow any more. */
function finishResponse(transcript: Transcript, event: WireEvent): Transcript {
  const response = objectField(event, 'response');
  const responseId = textField(response, 'id');
  const status = textField(response, 'status') === 'completed' ? 'final' : 'interrupted';
  let next = transcript;
  for (const entry of transcript.entries.values()) {
    if (entry.type === 'hidden' || entry.status !== 'partial') continue;
    if (responseId === undefined || entry.responseId !== responseId) continue;
    next = withEntry(next, { ...entry, status });
  }
  return next;
}

function readSession(transcript: Transcript, event: WireEvent): Transcript {
  const audio = objectField(objectField(event, 'session'), 'audio');
  const input = objectField(audio, 'input');
  if (input === undefined || input.transcription === undefined) return transcript;
  return { ...transcript, isTranscribing: input.transcription !== null };
}

/**
 * Applies one server event (OpenAI Realtime GA) to the transcript. Events that say nothing about
 * the conversation's text, or that are malformed, leave it as it is.
 */
export function reduceTranscript(transcript: Transcript, event: WireEvent): Transcript {
  switch (event.type) {
    case 'session.created':
    case 'session.updated':
      return readSession(transcript, event);
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.committed':
      return reserveUserEntry(transcript, event);
    case 'conversation.item.added':
      return applyItemEvent(transcript, event, false);
    case 'conversation.item.done':
      return applyItemEvent(transcript, event, true);
    case 'conversation.item.deleted':
      return without(transcript, textField(event, 'item_id') ?? '');
    case 'conversation.item.truncated':
      return truncate(transcript, event);
    case 'conversation.item.input_audio_transcription.delta':
      return applyText(transcript, event, { role: 'user', isSpoken: true });
    case 'conversation.item.input_audio_transcription.completed':
      return finishUserText(transcript, event);
    case 'conversation.item.input_audio_transcription.failed':
      return failUserText(transcript, event);
    case 'prism.transcript.heard':
      return hear(transcript, event);
    case 'output_audio_buffer.started':
      return { ...transcript, playingResponseId: textField(event, 'response_id') };
    case 'output_audio_buffer.stopped':
      return { ...transcript, playingResponseId: undefined };
    case 'output_audio_buffer.cleared':
      return clearPlayback(transcript, event);
    case 'response.done':
      return finishResponse(transcript, event);
    default:
      return bindToResponse(reduceResponsePart(transcript, event), event);
  }
}

function reduceResponsePart(transcript: Transcript, event: WireEvent): Transcript {
  switch (event.type) {
    case 'response.output_item.added':
      return applyItem(transcript, objectField(event, 'item') ?? {}, false);
    case 'response.output_item.done':
      return applyItem(transcript, objectField(event, 'item') ?? {}, true);
    case 'response.output_audio_transcript.delta':
      return applyText(transcript, event, { role: 'assistant', isSpoken: true });
    case 'response.output_audio_transcript.done':
      return applyText(transcript, event, {
        role: 'assistant',
        isSpoken: true,
        full: textField(event, 'transcript') ?? '',
      });
    case 'response.output_text.delta':
      return applyText(transcript, event, { role: 'assistant', isSpoken: false });
    case 'response.output_text.done':
      return applyText(transcript, event, {
        role: 'assistant',
        isSpoken: false,
        full: textField(event, 'text') ?? '',
      });
    case 'response.function_call_arguments.delta':
      return applyArguments(transcript, event);
    case 'response.function_call_arguments.done':
      return applyArguments(transcript, event, textField(event, 'arguments') ?? '');
    default:
      return transcript;
  }
}
