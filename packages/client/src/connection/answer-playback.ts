import { PrismClientError } from '../client-error.ts';
import { LevelMeter } from '../level-meter.ts';
import { PlaybackFade } from '../playback-fade.ts';

/** The answer's way from WebRTC to the loudspeaker: a media element, and a meter. */
export class AnswerPlayback {
  /** Makes the answer quiet, cuts it off and lets it back in. */
  readonly fade: PlaybackFade;
  readonly #element: HTMLAudioElement;
  readonly #context: AudioContext | undefined;
  #stream: MediaStream | undefined;
  #meter: LevelMeter | undefined;
  #isClosed = false;

  /**
   * @param element - Plays the answer; a detached one is made if absent.
   * @param context - Of the meter; without one levels are zero.
   */
  constructor(element: HTMLAudioElement | undefined, context: AudioContext | undefined) {
    this.#element = element ?? new Audio();
    this.#element.autoplay = true;
    this.#context = context;
    this.fade = new PlaybackFade(this.#element, (callback, delayMs) => {
      setTimeout(callback, delayMs);
    });
  }

  /**
   * Plays the server's stream. Rejects with `audio_blocked` if the browser forbids sound; a later gesture of the user
   * may still start the element.
   */
  async play(stream: MediaStream): Promise<void> {
    if (this.#isClosed) return;
    this.#stream = stream;
    this.#element.srcObject = stream;
    if (this.#context !== undefined) {
      this.#meter?.close();
      this.#meter = new LevelMeter(this.#context, stream);
      // A context made before the user's gesture starts suspended; without it only meters fail.
      if (this.#context.state === 'suspended') void this.#context.resume();
    }
    try {
      await this.#element.play();
    } catch (failure) {
      // Taking the stream away at the end of the call interrupts a pending play().
      if (this.#isClosed) return;
      throw new PrismClientError('audio_blocked', { cause: failure });
    }
  }

  rms(): number {
    return this.#isClosed ? 0 : (this.#meter?.readRms() ?? 0);
  }

  /** From the page to the ear, as the browser says; `undefined` where it doesn't. */
  outputLatencyMs(): number | undefined {
    const latencyS = this.#context?.outputLatency;
    return latencyS === undefined || latencyS <= 0 ? undefined : latencyS * 1000;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.fade.restore();
    this.#meter?.close();
    // A link that took over plays on the same element.
    if (this.#element.srcObject === this.#stream) this.#element.srcObject = null;
  }
}
