import type { ClientEventType } from '@prism/protocol';

/** The client events of the Realtime GA wire with the members that each has. */
export const CLIENT_EVENT_MEMBERS: Readonly<Record<ClientEventType, ReadonlySet<string>>> = {
  'session.update': members('session'),
  'input_audio_buffer.append': members('audio'),
  'input_audio_buffer.commit': members(),
  'input_audio_buffer.clear': members(),
  'conversation.item.create': members('item', 'previous_item_id'),
  'conversation.item.retrieve': members('item_id'),
  'conversation.item.delete': members('item_id'),
  'conversation.item.truncate': members('item_id', 'content_index', 'audio_end_ms'),
  'response.create': members('response'),
  'response.cancel': members('response_id'),
  'output_audio_buffer.clear': members(),
};

function members(...names: readonly string[]): ReadonlySet<string> {
  return new Set(['type', 'event_id', ...names]);
}

/** The server events of the Realtime GA wire (reference, 46 of them), and `conversation.item.created` of older ones. */
export const SERVER_EVENT_TYPES: ReadonlySet<string> = new Set([
  'error',
  'session.created',
  'session.updated',
  'rate_limits.updated',
  'conversation.created',
  'conversation.item.created',
  'conversation.item.added',
  'conversation.item.done',
  'conversation.item.retrieved',
  'conversation.item.truncated',
  'conversation.item.deleted',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.input_audio_transcription.failed',
  'conversation.item.input_audio_transcription.segment',
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.committed',
  'input_audio_buffer.cleared',
  'input_audio_buffer.timeout_triggered',
  'input_audio_buffer.dtmf_event_received',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'output_audio_buffer.cleared',
  'response.created',
  'response.done',
  'response.output_item.added',
  'response.output_item.done',
  'response.content_part.added',
  'response.content_part.done',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.mcp_call.in_progress',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'mcp_list_tools.in_progress',
  'mcp_list_tools.completed',
  'mcp_list_tools.failed',
]);

/** What `locked` has by itself: sound, how much of it was heard, and whether the connection lives. */
export const LOCKED_CLIENT_TYPES: ReadonlySet<string> = new Set([
  'input_audio_buffer.append',
  'prism.input.early',
  'prism.playout.report',
  'prism.ping',
]);
export const LOCKED_SERVER_TYPES: ReadonlySet<string> = new Set(['response.output_audio.delta']);

/** Every controller is told of these: what went wrong, and what it may do. */
export const ALWAYS_TOLD_TYPES: ReadonlySet<string> = new Set(['error', 'prism.permissions']);

/** Events between Prism and its clients. */
export function isPrismType(type: string): boolean {
  return type.startsWith('prism.');
}

/** Whether a type is one of the GA wire's client events. */
export function isClientEventType(type: string): type is ClientEventType {
  return Object.hasOwn(CLIENT_EVENT_MEMBERS, type);
}
