import type { KnownServerEvent, KnownServerEventType, OtherServerEvent } from './server-event.ts';

/**
 * What a message from an upstream is.
 *
 * `known` has the fields that Prism relies on, checked; `other` is a type Prism doesn't read, or a known type in
 * a shape it doesn't know: both are passed on as they came. `garbage` is no event at all.
 */
export type DecodedServerEvent =
  | { readonly kind: 'known'; readonly event: KnownServerEvent }
  | { readonly kind: 'other'; readonly event: OtherServerEvent }
  | { readonly kind: 'garbage'; readonly reason: string };

type FieldKind = 'string' | 'number' | 'object';

const OF_ITEM = { item_id: 'string', content_index: 'number' } as const;
const OF_PART = { response_id: 'string', item_id: 'string', content_index: 'number' } as const;

/** The fields that must be there, of which kind, before Prism reads an event of this type. */
const REQUIRED_FIELDS: Readonly<Record<KnownServerEventType, Readonly<Record<string, FieldKind>>>> =
  {
    'session.created': { session: 'object' },
    'session.updated': { session: 'object' },
    error: { error: 'object' },
    'input_audio_buffer.speech_started': { item_id: 'string', audio_start_ms: 'number' },
    'input_audio_buffer.speech_stopped': { item_id: 'string', audio_end_ms: 'number' },
    'input_audio_buffer.committed': { item_id: 'string' },
    'input_audio_buffer.cleared': {},
    'conversation.item.added': { item: 'object' },
    'conversation.item.done': { item: 'object' },
    'conversation.item.retrieved': { item: 'object' },
    'conversation.item.deleted': { item_id: 'string' },
    'conversation.item.truncated': { ...OF_ITEM, audio_end_ms: 'number' },
    'conversation.item.input_audio_transcription.delta': { ...OF_ITEM, delta: 'string' },
    'conversation.item.input_audio_transcription.completed': { ...OF_ITEM, transcript: 'string' },
    'conversation.item.input_audio_transcription.failed': { ...OF_ITEM, error: 'object' },
    'response.created': { response: 'object' },
    'response.done': { response: 'object' },
    'response.output_item.added': { response_id: 'string', item: 'object' },
    'response.output_item.done': { response_id: 'string', item: 'object' },
    'response.content_part.added': { ...OF_PART, part: 'object' },
    'response.content_part.done': { ...OF_PART, part: 'object' },
    'response.output_text.delta': { ...OF_PART, delta: 'string' },
    'response.output_text.done': { ...OF_PART, text: 'string' },
    'response.output_audio.delta': { ...OF_PART, delta: 'string' },
    'response.output_audio.done': OF_PART,
    'response.output_audio_transcript.delta': { ...OF_PART, delta: 'string' },
    'response.output_audio_transcript.done': { ...OF_PART, transcript: 'string' },
    'response.function_call_arguments.delta': {
      response_id: 'string',
      item_id: 'string',
      delta: 'string',
    },
    'response.function_call_arguments.done': {
      response_id: 'string',
      item_id: 'string',
      arguments: 'string',
    },
    'output_audio_buffer.started': { response_id: 'string' },
    'output_audio_buffer.stopped': { response_id: 'string' },
    'output_audio_buffer.cleared': { response_id: 'string' },
    'rate_limits.updated': { rate_limits: 'object' },
  };

/** Objects inside an event that Prism reads by id. */
const OBJECTS_WITH_ID: ReadonlySet<string> = new Set(['item', 'response']);

interface RequiredField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly needsId: boolean;
}

/** The same as lists: made once, since a model's words come many a second. */
const REQUIRED_LISTS: ReadonlyMap<string, readonly RequiredField[]> = new Map(
  Object.entries(REQUIRED_FIELDS).map(([type, required]) => [
    type,
    Object.entries(required).map(([name, kind]) => ({
      name,
      kind,
      needsId: OBJECTS_WITH_ID.has(name),
    })),
  ]),
);

/** Reads one text frame from an upstream. Never throws; unknown events and fields are kept. */
export function decodeServerEvent(text: string): DecodedServerEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'garbage', reason: 'not JSON' };
  }
  if (!isRecord(value)) return { kind: 'garbage', reason: 'not a JSON object' };
  if (!hasType(value)) return { kind: 'garbage', reason: 'no type' };
  return isKnown(value) ? { kind: 'known', event: value } : { kind: 'other', event: value };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(
  value: Record<string, unknown>,
): value is Record<string, unknown> & OtherServerEvent {
  return typeof value['type'] === 'string';
}

function isKnown(event: OtherServerEvent): event is KnownServerEvent {
  const required = REQUIRED_LISTS.get(event.type);
  if (required === undefined) return false;
  for (const { name, kind, needsId } of required)
    if (!hasField(event[name], kind, needsId)) return false;
  return true;
}

function hasField(value: unknown, kind: FieldKind, needsId: boolean): boolean {
  if (kind !== 'object') return typeof value === kind;
  if (typeof value !== 'object' || value === null) return false;
  return !needsId || ('id' in value && typeof value.id === 'string');
}
