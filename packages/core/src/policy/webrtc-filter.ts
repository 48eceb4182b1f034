import type { OtherServerEvent } from '@prism/protocol';
import type { CompiledPolicy } from './compiled-policy.ts';
import { isRecord } from './same-value.ts';
import { isPrismType } from './wire-events.ts';

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

/** A policy for the client of a filtered call: what the filter lets through is up to the policy. */
export function filteredPolicy(policy: CompiledPolicy): CompiledPolicy {
  return {
    isOpen: false,
    sendsAudio: policy.sendsAudio,
    hearsAudio: false,
    contextBytesMax: policy.contextBytesMax,
    permissions: policy.permissions,
    allowsClientType: (type) => policy.allowsClientType(type),
    clientEvent: (event) => policy.clientEvent(event),
    opaqueEvent: (event) => policy.opaqueEvent(event),
    hidesTool: (name) => policy.hidesTool(name),
    serverEvent: (event, text) => {
      if (isPrismType(event.type)) return policy.serverEvent(event, text);
      if (!TYPES.has(event.type) || isSystemMessage(event['item'])) return undefined;
      const told = withShownSession(event);
      return policy.serverEvent(told, told === event ? text : JSON.stringify(told));
    },
  };
}

function isSystemMessage(item: unknown): boolean {
  return isRecord(item) && item['role'] === 'system';
}

function withShownSession(event: OtherServerEvent): OtherServerEvent {
  if (event.type !== 'session.created' && event.type !== 'session.updated') return event;
  return { type: event.type, event_id: event['event_id'], session: shownOf(event['session']) };
}

function shownOf(session: unknown): object {
  if (!isRecord(session)) return {};
  return Object.fromEntries(
    SESSION_FIELDS.flatMap((name) =>
      session[name] === undefined ? [] : [[name, session[name]] as const],
    ),
  );
}
