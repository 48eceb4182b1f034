import { PrismClientError } from '../client-error.ts';
import { LevelMeter } from '../level-meter.ts';
import { PlaybackFade } from '../playback-fade.ts';
import { ContextWatch, type PlaybackTeller } from '../sound/context-watch.ts';
import { setOutputDevice } from '../sound/output-device.ts';
import { type AnswerOutput, GainVolume, isNode } from '../sound/web-audio-output.ts';

export interface AnswerPlaybackOptions {
  /** Plays the answer; a detached one is made if absent. */
  readonly element: HTMLAudioElement | undefined;
  /** Where it is heard: the element, this page's audio context, or a node of the page's own. */
  readonly output: AnswerOutput;
  /** Of the meter, and of the sound with `web-audio`; without one levels are zero. */
  readonly context: AudioContext | undefined;
  readonly outputId: string | undefined;
  readonly tell: PlaybackTeller;
}

/** The answer's way from WebRTC to the loudspeaker: a media element or Web Audio, and a meter. */
export class AnswerPlayback {
  /** Makes the answer quiet, cuts it off and lets it back in. */
  readonly fade: PlaybackFade;
  readonly #element: HTMLAudioElement;
  readonly #options: AnswerPlaybackOptions;
  /** Of Web Audio: what the sound goes through. */
  readonly #volume: GainVolume | undefined;
  readonly #watch: ContextWatch | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #stream: MediaStream | undefined;
  #meter: LevelMeter | undefined;
  #isClosed = false;

  constructor(options: AnswerPlaybackOptions) {
    this.#options = options;
    const { element, output, context, tell } = options;
    this.#element = element ?? new Audio();
    this.#element.autoplay = true;
    const target = isNode(output) ? output : context?.destination;
    this.#volume =
      output === 'element' || target === undefined ? undefined : new GainVolume(target);
    this.#watch =
      this.#volume === undefined ? undefined : new ContextWatch(this.#volume.context, tell);
    this.fade = new PlaybackFade(this.#volume ?? this.#element, (callback, delayMs) => {
      setTimeout(callback, delayMs);
    });
    if (options.outputId !== undefined)
      void this.setOutput(options.outputId).catch(() => undefined);
  }

  /** Plays the server's stream. Whether it is heard is told; a later gesture may still start it. */
  async play(stream: MediaStream): Promise<void> {
    if (this.#isClosed) return;
    this.#stream = stream;
    this.#element.srcObject = stream;
    const { context } = this.#options;
    if (context !== undefined) {
      this.#meter?.close();
      this.#meter = new LevelMeter(context, stream);
    }
    if (this.#volume !== undefined) {
      // Chromium gives a remote stream to Web Audio only while an element plays it.
      this.#element.muted = true;
      this.#source?.disconnect();
      this.#source = this.#volume.play(stream);
      this.#watch?.check();
    }
    await this.start();
  }

  /** Lets the answer be heard, as far as the browser allows; after a gesture of the user it does. */
  async start(): Promise<void> {
    const { context, tell } = this.#options;
    // A context made before the user's gesture starts suspended; the promise waits for one.
    if (context?.state !== 'running') void context?.resume().catch(() => undefined);
    try {
      await this.#element.play();
      if (this.#volume === undefined && !this.#isClosed) tell('playing', undefined);
    } catch (failure) {
      // Taking the stream away at the end of the call interrupts a pending play().
      if (this.#isClosed || this.#stream === undefined) return;
      if (this.#volume === undefined)
        tell('blocked', new PrismClientError('audio_blocked', { cause: failure }));
    }
  }

  /** Rejects with a `PrismClientError`. */
  setOutput(deviceId: string | undefined): Promise<void> {
    return setOutputDevice(this.#volume?.context ?? this.#element, deviceId);
  }

  rms(): number {
    return this.#isClosed ? 0 : (this.#meter?.readRms() ?? 0);
  }

  /** From the page to the ear, as the browser says; `undefined` where it doesn't. */
  outputLatencyMs(): number | undefined {
    const latencyS = this.#options.context?.outputLatency;
    return latencyS === undefined || latencyS <= 0 ? undefined : latencyS * 1000;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.fade.restore();
    this.#watch?.close();
    this.#source?.disconnect();
    this.#volume?.close();
    this.#meter?.close();
    // A link that took over plays on the same element.
    if (this.#element.srcObject === this.#stream) this.#element.srcObject = null;
  }
}
