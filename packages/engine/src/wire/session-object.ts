import type { AudioFormat } from './audio-format.ts';
import type { RealtimeSessionUpdate } from './session-update.ts';
import type { Tool, ToolChoice } from './tool.ts';

/** The session as the engine echoes it: complete, every default filled in, nulls explicit. */

export type Voice = string | { readonly id: string };

export type TurnDetection =
  | {
      readonly type: 'server_vad';
      readonly threshold: number;
      readonly prefix_padding_ms: number;
      readonly silence_duration_ms: number;
      readonly idle_timeout_ms: number | null;
      readonly create_response: boolean;
      readonly interrupt_response: boolean;
    }
  | {
      readonly type: 'semantic_vad';
      readonly eagerness: 'low' | 'medium' | 'high' | 'auto';
      readonly create_response: boolean;
      readonly interrupt_response: boolean;
      readonly model_version?: string;
    };

export interface Transcription {
  readonly model: string;
  readonly language: string | null;
  readonly prompt: string | null;
  readonly languages?: readonly string[];
  readonly keywords?: readonly string[];
  readonly delay?: string;
}

export interface NoiseReduction {
  readonly type: 'near_field' | 'far_field';
  readonly strength?: number;
}

export interface AudioInput {
  readonly format: AudioFormat;
  readonly transcription: Transcription | null;
  readonly noise_reduction: NoiseReduction | null;
  readonly turn_detection: TurnDetection | null;
}

export interface AudioOutput {
  readonly format: AudioFormat;
  readonly voice: Voice;
  readonly speed: number;
}

export interface RealtimeSessionObject {
  readonly type: 'realtime';
  readonly object: 'realtime.session';
  readonly id: string;
  readonly model: string;
  readonly output_modalities: readonly ['audio'] | readonly ['text'];
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly tool_choice: ToolChoice;
  readonly max_output_tokens: number | 'inf';
  readonly tracing: NonNullable<RealtimeSessionUpdate['tracing']> | null;
  readonly truncation: NonNullable<RealtimeSessionUpdate['truncation']>;
  readonly prompt: NonNullable<RealtimeSessionUpdate['prompt']> | null;
  readonly expires_at: number;
  readonly audio: { readonly input: AudioInput; readonly output: AudioOutput };
  readonly include: readonly string[] | null;
  /** Only echoed once a client has set it. */
  readonly parallel_tool_calls?: boolean;
  /** Only echoed once a client has set it. */
  readonly reasoning?: NonNullable<RealtimeSessionUpdate['reasoning']>;
}

export interface TranscriptionSessionObject {
  readonly type: 'transcription';
  readonly object: 'realtime.transcription_session';
  readonly id: string;
  readonly expires_at: number;
  readonly audio: { readonly input: AudioInput };
  readonly include: readonly string[] | null;
}

export type SessionObject = RealtimeSessionObject | TranscriptionSessionObject;
