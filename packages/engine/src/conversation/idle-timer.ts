/**
 * The idle timeout of server turn detection. It counts from the end of the assistant's playback, which is taken to
 * be `response.done` plus the length of the answer's audio, as the API reference says.
 */
export class IdleTimer {
  #armed: { readonly playbackEndMs: number; readonly timeoutMs: number } | undefined;
  /** Where the input audio stood when playback ended; known once that time has come. */
  #silenceStartSample: number | undefined;

  arm(playbackEndMs: number, timeoutMs: number): void {
    this.#armed = { playbackEndMs, timeoutMs };
    this.#silenceStartSample = undefined;
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** When it wants to be called next: at the end of playback, then at the timeout. */
  get deadlineMs(): number | undefined {
    if (this.#armed === undefined) {
      return undefined;
    }
    const { playbackEndMs, timeoutMs } = this.#armed;
    return this.#silenceStartSample === undefined ? playbackEndMs : playbackEndMs + timeoutMs;
  }

  /** Gives where the silence began, once, when the timeout has come. */
  expire(nowMs: number, inputEndSample: number): number | undefined {
    if (this.#armed === undefined || nowMs < this.#armed.playbackEndMs) {
      return undefined;
    }
    this.#silenceStartSample ??= inputEndSample;
    if (nowMs < this.#armed.playbackEndMs + this.#armed.timeoutMs) {
      return undefined;
    }
    this.#armed = undefined;
    return this.#silenceStartSample;
  }
}
