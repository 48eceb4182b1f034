import type { ContentPartObject, ItemObject } from './item-object.ts';
import type { ResponseObject } from './response-object.ts';
import type { SessionObject } from './session-object.ts';
import type { WireError } from './wire-error.ts';

/** The server events that the engine sends (Realtime GA reference, server events), without their `event_id`. */

interface OfItem {
  readonly item_id: string;
  readonly content_index: number;
}

interface OfOutputItem {
  readonly response_id: string;
  readonly item_id: string;
  readonly output_index: number;
}

interface OfPart extends OfOutputItem {
  readonly content_index: number;
}

/** How much input a transcription took: by tokens or by length, as the model's price list counts it. */
export type TranscriptionUsage =
  | { readonly type: 'duration'; readonly seconds: number }
  | {
      readonly type: 'tokens';
      readonly total_tokens: number;
      readonly input_tokens: number;
      readonly output_tokens: number;
      readonly input_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
    };

export interface RateLimit {
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  readonly reset_seconds: number;
}

export type ServerEventBody =
  | { readonly type: 'session.created' | 'session.updated'; readonly session: SessionObject }
  | { readonly type: 'error'; readonly error: WireError }
  | {
      readonly type: 'input_audio_buffer.speech_started';
      readonly audio_start_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.speech_stopped';
      readonly audio_end_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'input_audio_buffer.committed';
      readonly previous_item_id: string | null;
      readonly item_id: string;
    }
  | { readonly type: 'input_audio_buffer.cleared' }
  | {
      readonly type: 'input_audio_buffer.timeout_triggered';
      readonly audio_start_ms: number;
      readonly audio_end_ms: number;
      readonly item_id: string;
    }
  | {
      readonly type: 'conversation.item.added' | 'conversation.item.done';
      readonly previous_item_id: string | null;
      readonly item: ItemObject;
    }
  | { readonly type: 'conversation.item.retrieved'; readonly item: ItemObject }
  | { readonly type: 'conversation.item.deleted'; readonly item_id: string }
  | ({ readonly type: 'conversation.item.truncated'; readonly audio_end_ms: number } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.delta';
      readonly delta: string;
    } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.completed';
      readonly transcript: string;
      readonly usage: TranscriptionUsage;
    } & OfItem)
  | ({
      readonly type: 'conversation.item.input_audio_transcription.failed';
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    } & OfItem)
  | { readonly type: 'response.created' | 'response.done'; readonly response: ResponseObject }
  | {
      readonly type: 'response.output_item.added' | 'response.output_item.done';
      readonly response_id: string;
      readonly output_index: number;
      readonly item: ItemObject;
    }
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
      readonly call_id: string;
      readonly delta: string;
    } & OfOutputItem)
  | ({
      readonly type: 'response.function_call_arguments.done';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    } & OfOutputItem)
  | { readonly type: 'rate_limits.updated'; readonly rate_limits: readonly RateLimit[] };

export type ServerEventType = ServerEventBody['type'];

/** A server event as it is sent. */
export type ServerEvent = ServerEventBody & { readonly event_id: string };

type OfType<Event, Type> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Event & { readonly type: Type }
    : never
  : never;

/** One member of the server events by its type. */
export type ServerEventOf<Type extends ServerEventType> = OfType<ServerEvent, Type>;
