import type { AudioSource, MeasuredDelta, UpstreamClose } from '@prism/core';
import type { CloseReason, DecodedServerEvent, PrismErrorInfo } from '@prism/protocol';

/** Why an upstream link ended. */
export interface UpstreamFailed {
  readonly reason: CloseReason;
  readonly error: PrismErrorInfo;
  /** The error's message without the upstream's own words, which may quote anything. */
  readonly summary: string;
  /** How the upstream closed its socket, if it did. */
  readonly close: UpstreamClose | undefined;
}

/** What an upstream tells. `failed` comes at most once and is the last. */
export interface UpstreamListener {
  ready(): void;
  event(decoded: DecodedServerEvent, text: string): void;
  /** An audio delta, decoded to PCM at 24 kHz. The array is only valid during the call. */
  audio(source: AudioSource, pcm: Int16Array): void;
  /**
   * An audio delta as it came, where it was asked for, and what is in it, where that was too and could be told. The
   * bytes are only valid during the call.
   */
  delta(bytes: Uint8Array, measured: MeasuredDelta | undefined): void;
  failed(failure: UpstreamFailed): void;
}

/** What a session asks of its upstream. */
export interface DialRequest {
  readonly intent: 'realtime' | 'transcription';
  /** The upstream's configured model if undefined. */
  readonly model: string | undefined;
  /** Headers besides those of the upstream itself, which win. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether audio deltas are told as samples, as they came, or as they came with what is in them. */
  readonly audio: 'decoded' | 'as_sent' | 'measured';
}

/** One session's connection to a Realtime server, from dialling to its end. */
export interface Upstream {
  send(text: string): void;
  /** Sends a text message given as UTF-8. The bytes are copied. */
  relay(bytes: Uint8Array): void;
  /** Sends PCM at 24 kHz as `input_audio_buffer.append`. */
  append(pcm: Int16Array): void;
  /** Bytes that wait to be written. */
  readonly bufferedBytes: number;
  /** Idempotent; nothing is told afterwards. */
  close(): void;
}

export interface UpstreamDialer {
  dial(listener: UpstreamListener, request: DialRequest): Upstream;
}
