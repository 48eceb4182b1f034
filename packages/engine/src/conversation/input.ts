import type { Hearing } from '../ports/ears.ts';
import type { SpeechChunk } from '../ports/voice.ts';

/** Everything that can happen to a conversation. */
export type Input =
  /** The socket is open. The first input, exactly once. */
  | { readonly type: 'open' }
  /** One text frame of the client. */
  | { readonly type: 'client_message'; readonly text: string }
  | { readonly type: 'client_binary' }
  | {
      readonly type: 'ear_activity';
      readonly firstSample: number;
      readonly speechProbabilities: Float32Array;
    }
  | { readonly type: 'ear_partial'; readonly utteranceId: string; readonly text: string }
  | { readonly type: 'ear_final'; readonly utteranceId: string; readonly hearing: Hearing }
  | { readonly type: 'ear_failed'; readonly utteranceId: string; readonly reason: string }
  | { readonly type: 'voice_chunk'; readonly speechId: string; readonly chunk: SpeechChunk }
  | { readonly type: 'voice_finished'; readonly speechId: string }
  | { readonly type: 'voice_failed'; readonly speechId: string; readonly reason: string }
  /** The deadline that the conversation named has come. */
  | { readonly type: 'time' };

/** When the conversation wants to be called next, and why. */
export interface Deadline {
  readonly atMs: number;
  readonly reason:
    | 'session_expiry'
    | 'idle_timeout'
    | 'hearing_overdue'
    | 'reminder_due'
    | 'paced_output';
}
