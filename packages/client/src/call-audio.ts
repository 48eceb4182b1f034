import { PrismClientError } from './client-error.ts';
import { LevelMeter } from './level-meter.ts';
import { stopStream } from './microphone.ts';
import { PlaybackFade } from './playback-fade.ts';
import type { LevelSample } from './turn-latency.ts';

/** The streams and elements a call works with, and who owns them. */
export interface CallAudioOptions {
  readonly microphone: MediaStream;
  /** Whether the microphone's tracks are stopped at the end: only if the SDK opened it. */
  readonly ownsMicrophone: boolean;
  /** Plays the answer; the SDK makes a detached one if absent. */
  readonly audioElement: HTMLAudioElement | undefined;
}

/** Both sides' audio of one call: mute, playback and levels. */
export class CallAudio {
  /** Cuts the answer's sound off and lets it back in. */
  readonly playback: PlaybackFade;
  readonly #options: CallAudioOptions;
  readonly #element: HTMLAudioElement;
  readonly #context: AudioContext | undefined;
  readonly #microphoneMeter: LevelMeter | undefined;
  #agentMeter: LevelMeter | undefined;
  #isClosed = false;

  constructor(options: CallAudioOptions) {
    this.#options = options;
    this.#element = options.audioElement ?? new Audio();
    this.#element.autoplay = true;
    this.playback = new PlaybackFade(this.#element, (callback, delayMs) => {
      setTimeout(callback, delayMs);
    });
    this.#context = 'AudioContext' in window ? new AudioContext() : undefined;
    if (this.#context !== undefined) {
      this.#microphoneMeter = new LevelMeter(this.#context, options.microphone);
    }
  }

  /**
   * Plays the server's stream. Rejects with `audio_blocked` if the browser forbids sound; a later
   * gesture of the user may still start the element.
   */
  async play(stream: MediaStream): Promise<void> {
    if (this.#isClosed) return;
    this.#element.srcObject = stream;
    if (this.#context !== undefined) {
      this.#agentMeter?.close();
      this.#agentMeter = new LevelMeter(this.#context, stream);
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

  /** The levels of both sides; zeros where there is no WebAudio. */
  levels(): LevelSample {
    if (this.#isClosed) return { microphoneRms: 0, agentRms: 0 };
    return {
      microphoneRms: this.isMuted ? 0 : (this.#microphoneMeter?.readRms() ?? 0),
      agentRms: this.#agentMeter?.readRms() ?? 0,
    };
  }

  /** From the page to the ear, as the browser says; `undefined` where it doesn't. */
  outputLatencyMs(): number | undefined {
    const latencyS = this.#context?.outputLatency;
    return latencyS === undefined || latencyS <= 0 ? undefined : latencyS * 1000;
  }

  /** Whether the microphone sends silence. */
  get isMuted(): boolean {
    return this.#options.microphone.getAudioTracks().every((track) => !track.enabled);
  }

  set isMuted(isMuted: boolean) {
    for (const track of this.#options.microphone.getAudioTracks()) track.enabled = !isMuted;
  }

  /** Frees everything; a microphone that was passed in keeps running. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.playback.restore();
    this.#microphoneMeter?.close();
    this.#agentMeter?.close();
    this.#element.srcObject = null;
    if (this.#options.ownsMicrophone) stopStream(this.#options.microphone);
    // Closing an audio context cannot fail in a way that matters: the graph is disconnected.
    void this.#context?.close().catch(() => undefined);
  }
}
