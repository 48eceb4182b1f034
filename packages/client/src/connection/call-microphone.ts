import { PrismClientError } from '../client-error.ts';
import { LevelMeter } from '../level-meter.ts';
import { openMicrophone, stopStream } from '../microphone.ts';

export interface CallMicrophoneOptions {
  /** Audio to send instead of a microphone; it is not stopped at the end. */
  readonly mediaStream: MediaStream | undefined;
  readonly deviceId: string | undefined;
  /** Of the meter; without one levels are zero. */
  readonly context: AudioContext | undefined;
}

export interface CallMicrophoneSink {
  /** Another device speaks now. */
  readonly onTrack: (track: MediaStreamTrack) => void;
  /** The device is gone and no other could be had. */
  readonly onEnded: (error: PrismClientError) => void;
}

/** A call's microphone: muted or not, and changed for another during the call. */
export class CallMicrophone {
  readonly #options: CallMicrophoneOptions;
  readonly #sink: CallMicrophoneSink;
  #stream: MediaStream;
  #meter: LevelMeter | undefined;
  #isMuted = false;
  #isClosed = false;

  private constructor(
    stream: MediaStream,
    options: CallMicrophoneOptions,
    sink: CallMicrophoneSink,
  ) {
    this.#options = options;
    this.#sink = sink;
    this.#stream = stream;
    this.#watch();
  }

  /** Asks for the microphone, unless there is a stream. Rejects with a `PrismClientError`. */
  static async open(
    options: CallMicrophoneOptions,
    sink: CallMicrophoneSink,
  ): Promise<CallMicrophone> {
    const stream = options.mediaStream ?? (await openMicrophone(window, options.deviceId));
    return new CallMicrophone(stream, options, sink);
  }

  get stream(): MediaStream {
    return this.#stream;
  }

  /** Whether silence is sent. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#isMuted = isMuted;
    for (const track of this.#stream.getAudioTracks()) track.enabled = !isMuted;
  }

  rms(): number {
    return this.#isMuted || this.#isClosed ? 0 : (this.#meter?.readRms() ?? 0);
  }

  /** Changes to another device; the one before goes on if that fails. Rejects with a `PrismClientError`. */
  async switchTo(deviceId: string | undefined): Promise<void> {
    const stream = await openMicrophone(window, deviceId);
    if (this.#isClosed) return stopStream(stream);
    this.#release();
    this.#stream = stream;
    this.isMuted = this.#isMuted;
    this.#watch();
    const [track] = stream.getAudioTracks();
    if (track !== undefined) this.#sink.onTrack(track);
  }

  /** A stream that was passed in keeps running. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release();
  }

  #watch(): void {
    const { context } = this.#options;
    this.#meter = context === undefined ? undefined : new LevelMeter(context, this.#stream);
    for (const track of this.#stream.getAudioTracks())
      track.addEventListener('ended', this.#onEnded);
  }

  #release(): void {
    this.#meter?.close();
    this.#meter = undefined;
    for (const track of this.#stream.getAudioTracks())
      track.removeEventListener('ended', this.#onEnded);
    if (this.#stream !== this.#options.mediaStream) stopStream(this.#stream);
  }

  /** A device that is unplugged ends its track: the system's other one takes its place, if there is one. */
  readonly #onEnded = (): void => {
    if (this.#stream === this.#options.mediaStream) return this.#ended(undefined);
    this.switchTo(undefined).catch((failure: unknown) => this.#ended(failure));
  };

  #ended(cause: unknown): void {
    if (!this.#isClosed) this.#sink.onEnded(new PrismClientError('microphone_ended', { cause }));
  }
}
