import type { OtherServerEvent } from '@prism/protocol';

/**
 * What the client of a filtered call is told of the upstream: enough to show a conversation, nothing of how the
 * application configures it. The types are those of Azure's `webrtcfilter=on`, and what clients can't do without:
 * errors, and the session, of which only {@link SESSION_FIELDS} are left. System messages are left out.
 */
const TYPES: ReadonlySet<string> = new Set([
  'session.created',
  'session.updated',
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'output_audio_buffer.cleared',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.added',
  'conversation.item.created',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
  'error',
]);

const SESSION_FIELDS = [
  'type',
  'object',
  'id',
  'model',
  'output_modalities',
  'expires_at',
] as const;

/** What a filtered client is told of an event; `undefined` if it isn't told of it. */
export function forFilteredClient(event: OtherServerEvent, text: string): string | undefined {
  if (!TYPES.has(event.type) || isSystemMessage(event['item'])) return undefined;
  if (event.type !== 'session.created' && event.type !== 'session.updated') return text;
  return JSON.stringify({
    type: event.type,
    event_id: event.event_id,
    session: shownOf(event['session']),
  });
}

function isSystemMessage(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'role' in item && item.role === 'system';
}

function shownOf(session: unknown): object {
  if (typeof session !== 'object' || session === null) return {};
  const fields = new Map<string, unknown>(Object.entries(session));
  return Object.fromEntries(
    SESSION_FIELDS.flatMap((name) => (fields.has(name) ? [[name, fields.get(name)]] : [])),
  );
}
