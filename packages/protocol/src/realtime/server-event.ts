/**
 * Server events of the Realtime GA wire, as far as Prism reads them. Every event and field that Prism doesn't know
 * is kept and passed on: `OtherServerEvent` is any of them.
 */

export interface SessionObject {
  readonly id?: string;
  readonly type?: string;
  readonly model?: string;
  readonly audio?: {
    readonly input?: {
      readonly turn_detection?: TurnDetectionEcho | null;
      readonly [field: string]: unknown;
    };
    readonly output?: { readonly voice?: unknown; readonly [field: string]: unknown };
  };
  readonly [field: string]: unknown;
}

export interface TurnDetectionEcho {
  readonly type?: string;
  readonly create_response?: boolean;
  readonly interrupt_response?: boolean;
  readonly [field: string]: unknown;
}

export interface ResponseObject {
  readonly id: string;
  readonly status: string;
  readonly status_details?: unknown;
  readonly output?: readonly ItemObject[];
  readonly usage?: unknown;
  readonly [field: string]: unknown;
}

export interface ItemObject {
  readonly id: string;
  readonly type: string;
  readonly role?: string;
  readonly status?: string;
  readonly content?: readonly ContentPartObject[];
  readonly name?: string;
  readonly call_id?: string;
  readonly arguments?: string;
  readonly output?: string;
  readonly [field: string]: unknown;
}

export interface ContentPartObject {
  readonly type: string;
  readonly text?: string;
  readonly transcript?: string | null;
  readonly [field: string]: unknown;
}

export type ErrorObject = {
  readonly type: string;
  readonly code?: string | null;
  readonly message: string;
  readonly param?: string | null;
  readonly event_id?: string | null;
};

// Type aliases, not interfaces: only aliases are assignable to `OtherServerEvent`'s index signature.
type OfItem = {
  readonly event_id: string;
  readonly item_id: string;
  readonly content_index: number;
};

type OfResponse = {
  readonly event_id: string;
  readonly response_id: string;
};

type OfPart = OfItem & OfResponse & { readonly output_index: number };

export type KnownServerEvent =
  | {
      readonly type: 'session.created' | 'session.updated';
      readonly event_id: string;
      readonly session: SessionObject;
    }
  | { readonly type: 'error'; readonly event_id: string; readonly error: ErrorObject }
  | {
      readonly type: 'input_audio_buffer.speech_started';
      readonly event_id: string;
      readonly audio_start_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.speech_stopped';
      readonly event_id: string;
      readonly audio_end_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.committed';
      readonly event_id: string;
      readonly previous_item_id: string | null;
      readonly item_id: string;
    }
  | { readonly type: 'input_audio_buffer.cleared'; readonly event_id: string }
  | {
      readonly type: 'conversation.item.added' | 'conversation.item.done';
      readonly event_id: string;
      readonly previous_item_id?: string | null;
      readonly item: ItemObject;
    }
  | {
      readonly type: 'conversation.item.retrieved';
      readonly event_id: string;
      readonly item: ItemObject;
    }
  | {
      readonly type: 'conversation.item.deleted';
      readonly event_id: string;
      readonly item_id: string;
    }
  | ({ readonly type: 'conversation.item.truncated'; readonly audio_end_ms: number } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.delta';
      readonly delta: string;
    } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.completed';
      readonly transcript: string;
      readonly usage?: unknown;
    } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.failed';
      readonly error: ErrorObject;
    } & OfItem)
  | {
      readonly type: 'response.created' | 'response.done';
      readonly event_id: string;
      readonly response: ResponseObject;
    }
  | ({
      readonly type: 'response.output_item.added' | 'response.output_item.done';
      readonly output_index: number;
      readonly item: ItemObject;
    } & OfResponse)
  | ({
      readonly type: 'response.content_part.added' | 'response.content_part.done';
      readonly part: ContentPartObject;
    } & OfPart)
  | ({ readonly type: 'response.output_text.delta'; readonly delta: string } & OfPart)
  | ({ readonly type: 'response.output_text.done'; readonly text: string } & OfPart)
  | ({ readonly type: 'response.output_audio.delta'; readonly delta: string } & OfPart)
  | ({ readonly type: 'response.output_audio.done' } & OfPart)
  | ({ readonly type: 'response.output_audio_transcript.delta'; readonly delta: string } & OfPart)
  | ({
      readonly type: 'response.output_audio_transcript.done';
      readonly transcript: string;
    } & OfPart)
  | ({
      readonly type: 'response.function_call_arguments.delta';
      readonly item_id: string;
      readonly output_index: number;
      readonly call_id: string;
      readonly delta: string;
    } & OfResponse)
  | ({
      readonly type: 'response.function_call_arguments.done';
      readonly item_id: string;
      readonly output_index: number;
      readonly call_id: string;
      readonly name?: string;
      readonly arguments: string;
    } & OfResponse)
  | ({
      readonly type:
        | 'output_audio_buffer.started'
        | 'output_audio_buffer.stopped'
        | 'output_audio_buffer.cleared';
    } & OfResponse)
  | {
      readonly type: 'rate_limits.updated';
      readonly event_id: string;
      readonly rate_limits: readonly unknown[];
    };

export type KnownServerEventType = KnownServerEvent['type'];

/** One member of the known server events by its type. */
export type ServerEventOf<Type extends KnownServerEventType> = Extract<
  KnownServerEvent,
  { readonly type: Type }
>;

/** An event that Prism doesn't read, with everything it came with. */
export interface OtherServerEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Any server event. `isKnown` narrows it by type. */
export type ServerEvent = KnownServerEvent | OtherServerEvent;
