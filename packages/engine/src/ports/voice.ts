/** Voice: what turns text into speech. Works elsewhere (a worker thread) and answers chunk by chunk. */

export interface SpeechRequest {
  readonly text: string;
  /** An OpenAI voice name (`alloy`, `marin`, …); unknown names speak with the default voice. */
  readonly voice: string;
  /** 0.25–1.5, 1 is the voice's own pace. */
  readonly speedRatio: number;
}

export interface SpeechChunk {
  /** The sentence (or clause) that `pcm` says. The chunks' texts joined by nothing give the request's text back. */
  readonly text: string;
  /** PCM16 mono at 24 kHz. */
  readonly pcm: Int16Array;
  /** True to send it as one audio delta, whatever its length. */
  readonly isOneDelta?: boolean;
}

export interface Utterance {
  /** Stops the synthesis; nothing is called back afterwards. */
  cancel(): void;
}

export interface SpeechListener {
  chunk(chunk: SpeechChunk): void;
  /** Exactly one of `finished` or `failed` is called, last, unless the utterance was cancelled. */
  finished(): void;
  failed(reason: string): void;
}

export interface Voice {
  speak(request: SpeechRequest, listener: SpeechListener): Utterance;
  /**
   * Tells that this will probably be asked for soon, so that its beginning can be made while nobody waits. Nothing is
   * called back; a voice may do nothing with it.
   */
  announce?(request: SpeechRequest): void;
  close(): Promise<void>;
}
