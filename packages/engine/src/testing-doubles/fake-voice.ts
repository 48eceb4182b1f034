import type { SpeechListener, SpeechRequest, Utterance, Voice } from '../ports/voice.ts';

/** A voice that says every text at once, as 100 ms of a constant per word. */
export class FakeVoice implements Voice {
  readonly requests: SpeechRequest[] = [];
  cancelledCount = 0;
  isClosed = false;
  /** False to say nothing until {@link finish} is called. */
  isPrompt = true;
  readonly #waiting: (() => void)[] = [];

  speak(request: SpeechRequest, listener: SpeechListener): Utterance {
    this.requests.push(request);
    let isCancelled = false;
    const say = (): void => {
      if (!isCancelled) {
        const wordCount = request.text.split(' ').length;
        const pcm = new Int16Array(wordCount * 2_400).fill(500);
        listener.chunk({ text: request.text, pcm });
        listener.finished();
      }
    };
    if (this.isPrompt) {
      queueMicrotask(say);
    } else {
      this.#waiting.push(say);
    }
    return {
      cancel: () => {
        isCancelled = true;
        this.cancelledCount += 1;
      },
    };
  }

  /** Says what waits. */
  finish(): void {
    for (const say of this.#waiting.splice(0)) {
      say();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
