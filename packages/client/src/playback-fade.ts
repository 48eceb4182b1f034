/** Volumes on the way to silence: about −12 dB, then nothing, so that a cut is no click. */
const FADE_VOLUMES = [0.25, 0] as const;

const FADE_STEP_MS = 5;

/** A softened sound: −20 dB, as far as the server lowers what it sends. */
const SOFT_VOLUME = 0.1;

/** 20 dB quieter at once, faded out within a few milliseconds, or as it was before both. */
export type FadeStep = 'soften' | 'silence' | 'restore';

/** Is told the RTP time (48 kHz, 32 bits) at which an answer is silent. */
export type SilenceTeller = (rtpTimestamp: number) => void;

/** The part of a media element that a fade works on. */
export type FadingElement = Pick<HTMLAudioElement, 'volume' | 'muted'>;

/**
 * Makes an element's sound quiet, or fades it out within 10 ms, and lets it back in as it was. It works on the element
 * because that is what the application may have given, and what echo cancellation knows of.
 */
export class PlaybackFade {
  readonly #element: FadingElement;
  readonly #setTimer: (callback: () => void, delayMs: number) => void;
  #before: { readonly volume: number; readonly isMuted: boolean } | undefined;
  #isSilent = false;

  constructor(element: FadingElement, setTimer: (callback: () => void, delayMs: number) => void) {
    this.#element = element;
    this.#setTimer = setTimer;
  }

  /** Makes the sound 20 dB quieter at once, unless it is silent already; idempotent. */
  soften(): void {
    if (this.#before !== undefined) return;
    this.#element.volume = SOFT_VOLUME * this.#remember().volume;
  }

  /** Begins the fade; idempotent. */
  silence(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#step(0, this.#remember());
  }

  /** Sets volume and mute back to what they were; idempotent. */
  restore(): void {
    if (this.#before === undefined) return;
    const { volume, isMuted } = this.#before;
    this.#before = undefined;
    this.#isSilent = false;
    this.#element.volume = volume;
    this.#element.muted = isMuted;
  }

  #remember(): { readonly volume: number; readonly isMuted: boolean } {
    this.#before ??= { volume: this.#element.volume, isMuted: this.#element.muted };
    return this.#before;
  }

  #step(index: number, fadesFrom: { readonly volume: number }): void {
    if (this.#before !== fadesFrom) return;
    const volume = FADE_VOLUMES[index];
    if (volume === undefined) {
      // Where scripts may not set the volume (iOS), muting is what silences.
      this.#element.muted = true;
      return;
    }
    this.#element.volume = Math.min(this.#element.volume, volume * fadesFrom.volume);
    this.#setTimer(() => {
      this.#step(index + 1, fadesFrom);
    }, FADE_STEP_MS);
  }
}
