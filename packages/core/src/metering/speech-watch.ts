import type { KnownServerEvent } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { after, type MonotonicMs } from '../time/clock.ts';

/**
 * Whether somebody speaks, by what the upstream tells and what is played: the user from the start of speech to its end,
 * the model while it makes an answer and while that is heard. What a client that plays by itself hears is reckoned.
 */
export class SpeechWatch {
  #isUserSpeaking = false;
  #responseCount = 0;
  #heardUntilMs = 0 as MonotonicMs;

  /** Audio of an answer came, which is heard after what came before it. */
  said(samples: number, nowMs: MonotonicMs): void {
    const fromMs = Math.max(nowMs, this.#heardUntilMs) as MonotonicMs;
    this.#heardUntilMs = after(fromMs, samples / SAMPLES_PER_MS);
  }

  /** What is still to be heard won't be. */
  cut(nowMs: MonotonicMs): void {
    this.#heardUntilMs = nowMs;
  }

  /** @returns Whether it is a sign of somebody who is there. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): boolean {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        this.#isUserSpeaking = true;
        // An answer that is spoken over is mostly cut; one that isn't is still being made or played.
        this.cut(nowMs);
        return true;
      case 'input_audio_buffer.speech_stopped':
      case 'input_audio_buffer.committed':
      case 'input_audio_buffer.cleared':
        this.#isUserSpeaking = false;
        return true;
      case 'response.created':
        this.#responseCount += 1;
        return true;
      case 'response.done':
        this.#responseCount = Math.max(0, this.#responseCount - 1);
        return true;
      case 'conversation.item.added':
        return true;
      default:
        return false;
    }
  }

  get isSpeaking(): boolean {
    return this.#isUserSpeaking || this.#responseCount > 0;
  }

  /** Until when what has come is heard, at the earliest. */
  get heardUntilMs(): MonotonicMs {
    return this.#heardUntilMs;
  }
}
