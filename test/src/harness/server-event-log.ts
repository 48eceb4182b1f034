import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { eventually } from './eventually.ts';

type EventType = RealtimeServerEvent['type'];
export type EventOf<Type extends EventType> = Extract<RealtimeServerEvent, { type: Type }>;

/** Enough for speech on a busy machine. */
const WAIT_MS_MAX = 20_000;

/** Every server event that the official types have; the compiler keeps it complete. */
const SERVER_EVENT_TYPES: Readonly<Record<EventType, true>> = {
  'conversation.created': true,
  'conversation.item.added': true,
  'conversation.item.created': true,
  'conversation.item.deleted': true,
  'conversation.item.done': true,
  'conversation.item.input_audio_transcription.completed': true,
  'conversation.item.input_audio_transcription.delta': true,
  'conversation.item.input_audio_transcription.failed': true,
  'conversation.item.input_audio_transcription.segment': true,
  'conversation.item.retrieved': true,
  'conversation.item.truncated': true,
  error: true,
  'input_audio_buffer.cleared': true,
  'input_audio_buffer.committed': true,
  'input_audio_buffer.dtmf_event_received': true,
  'input_audio_buffer.speech_started': true,
  'input_audio_buffer.speech_stopped': true,
  'input_audio_buffer.timeout_triggered': true,
  'mcp_list_tools.completed': true,
  'mcp_list_tools.failed': true,
  'mcp_list_tools.in_progress': true,
  'output_audio_buffer.cleared': true,
  'output_audio_buffer.started': true,
  'output_audio_buffer.stopped': true,
  'rate_limits.updated': true,
  'response.content_part.added': true,
  'response.content_part.done': true,
  'response.created': true,
  'response.done': true,
  'response.function_call_arguments.delta': true,
  'response.function_call_arguments.done': true,
  'response.mcp_call.completed': true,
  'response.mcp_call.failed': true,
  'response.mcp_call.in_progress': true,
  'response.mcp_call_arguments.delta': true,
  'response.mcp_call_arguments.done': true,
  'response.output_audio.delta': true,
  'response.output_audio.done': true,
  'response.output_audio_transcript.delta': true,
  'response.output_audio_transcript.done': true,
  'response.output_item.added': true,
  'response.output_item.done': true,
  'response.output_text.delta': true,
  'response.output_text.done': true,
  'session.created': true,
  'session.updated': true,
};

function isServerEvent(event: { readonly type: string }): event is RealtimeServerEvent {
  return Object.hasOwn(SERVER_EVENT_TYPES, event.type);
}

/** What a client has received, in order. */
export class ServerEventLog {
  readonly events: RealtimeServerEvent[] = [];
  /** Types that the official client doesn't know. */
  readonly unknownTypes: string[] = [];
  /** Events before this have been awaited. */
  #nextIndex = 0;

  take(event: { readonly type: string }): void {
    if (isServerEvent(event)) this.events.push(event);
    else this.unknownTypes.push(event.type);
  }

  /** Waits for the next event of a type, after the last one that was awaited. */
  async next<Type extends EventType>(
    type: Type,
    where: (event: EventOf<Type>) => boolean = () => true,
  ): Promise<EventOf<Type>> {
    const isAwaited = (event: RealtimeServerEvent): event is EventOf<Type> =>
      event.type === type && where(event as EventOf<Type>);
    const found = await eventually(
      type,
      () => {
        const index = this.events.findIndex(
          (event, at) => at >= this.#nextIndex && isAwaited(event),
        );
        return index < 0 ? undefined : { index };
      },
      WAIT_MS_MAX,
    ).catch((error: unknown) => {
      throw new Error(
        `${String(error)} After: ${this.typesSince(this.#nextIndex).slice(-20).join(', ')}`,
      );
    });
    this.#nextIndex = found.index + 1;
    return this.events[found.index] as EventOf<Type>;
  }

  /** Every event of a type so far. */
  all<Type extends EventType>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** The types from an index on, runs of the same type told once. */
  typesSince(index: number): string[] {
    const types = this.events.slice(index).map((event) => event.type);
    return types.filter((type, at) => type !== types[at - 1]);
  }
}
