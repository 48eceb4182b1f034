import type { AudioSource } from '@prism/core';
import type { CloseReason, DecodedServerEvent, PrismErrorInfo } from '@prism/protocol';

/** What an upstream tells. `failed` comes at most once and is the last. */
export interface UpstreamListener {
  ready(): void;
  event(decoded: DecodedServerEvent, text: string): void;
  /** An audio delta, decoded to PCM at 24 kHz. The listener owns the array. */
  audio(source: AudioSource, pcm: Int16Array): void;
  failed(reason: CloseReason, error: PrismErrorInfo): void;
}

/** One session's connection to a Realtime server, from dialling to its end. */
export interface Upstream {
  send(text: string): void;
  /** Sends PCM at 24 kHz as `input_audio_buffer.append`. */
  append(pcm: Int16Array): void;
  /** Bytes that wait to be written. */
  readonly bufferedBytes: number;
  /** Idempotent; nothing is told afterwards. */
  close(): void;
}

export interface UpstreamDialer {
  dial(listener: UpstreamListener): Upstream;
}
