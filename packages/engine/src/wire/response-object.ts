import type { AudioFormat } from './audio-format.ts';
import type { ItemObject } from './item-object.ts';

/** Token counts of one response (Realtime GA reference, `response.done`). */
export interface ResponseUsage {
  readonly total_tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly input_token_details: {
    readonly text_tokens: number;
    readonly audio_tokens: number;
    readonly image_tokens: number;
    readonly cached_tokens: number;
    readonly cached_tokens_details: {
      readonly text_tokens: number;
      readonly audio_tokens: number;
      readonly image_tokens: number;
    };
  };
  readonly output_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
}

export type ResponseStatusDetails =
  | { readonly type: 'cancelled'; readonly reason: 'turn_detected' | 'client_cancelled' }
  | { readonly type: 'incomplete'; readonly reason: 'max_output_tokens' }
  | {
      readonly type: 'failed';
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    };

export interface ResponseObject {
  readonly object: 'realtime.response';
  readonly id: string;
  readonly status: 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed';
  readonly status_details: ResponseStatusDetails | null;
  readonly output: readonly ItemObject[];
  readonly conversation_id: string | null;
  readonly output_modalities: readonly ['audio'] | readonly ['text'];
  readonly max_output_tokens: number | 'inf';
  readonly audio: { readonly output: { readonly format: AudioFormat; readonly voice: string } };
  readonly usage: ResponseUsage | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}
