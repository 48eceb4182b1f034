import { PrismClientError } from '../client-error.ts';
import {
  CAPTURE_PROCESSOR,
  CONTEXT_SAMPLE_RATE_HZ,
  workletSource,
} from '../socket/worklet-source.ts';

/** Frames of 20 ms that are recorded while nobody takes them: 10 s. Beyond it the oldest go. */
const RECORDED_FRAMES_MAX = 500;

/** 20 ms of the microphone, 24 kHz mono. The array is the taker's. */
export type FrameTaker = (samples: Float32Array) => void;

/**
 * The microphone as frames, with an audio context of its own. What nobody takes is recorded, so that what is said
 * before a call is live, or while another way is made, can be handed over.
 */
export class MicrophoneTap {
  readonly context: AudioContext;
  readonly #capture: AudioWorkletNode;
  #source: MediaStreamAudioSourceNode | undefined;
  #recorded: Float32Array[] = [];
  #taker: FrameTaker | undefined;
  #isClosed = false;

  private constructor(context: AudioContext) {
    this.context = context;
    this.#capture = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this.#take(data);
  }

  /** Makes all ready but for the microphone. Rejects with `audio_unsupported` where a browser lacks worklets. */
  static async prepare(): Promise<MicrophoneTap> {
    if (!('AudioWorkletNode' in globalThis)) throw new PrismClientError('audio_unsupported');
    const context = new AudioContext({
      sampleRate: CONTEXT_SAMPLE_RATE_HZ,
      latencyHint: 'interactive',
    });
    const url = URL.createObjectURL(new Blob([workletSource()], { type: 'text/javascript' }));
    try {
      await context.audioWorklet.addModule(url);
      return new MicrophoneTap(context);
    } catch (failure) {
      void context.close();
      throw new PrismClientError('audio_unsupported', { cause: failure });
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /** Listens to this microphone from now on. Throws `audio_unsupported` where its rate can't be taken. */
  listenTo(microphone: MediaStream): void {
    if (this.#isClosed) return;
    this.#source?.disconnect();
    try {
      this.#source = this.context.createMediaStreamSource(microphone);
    } catch (failure) {
      throw new PrismClientError('audio_unsupported', { cause: failure });
    }
    this.#source.connect(this.#capture);
    // A context made before the user's gesture stays suspended until there is one, or the microphone is open.
    if (this.context.state === 'suspended') void this.context.resume();
  }

  /** Takes what is recorded; recording goes on. */
  recorded(): readonly Float32Array[] {
    return this.#recorded.splice(0);
  }

  /** From now on every frame is for `taker`. One at a time: the newest has them. */
  handTo(taker: FrameTaker): void {
    this.#taker = taker;
  }

  /** What `taker` had is recorded again; nothing if it had nothing. */
  takeBack(taker: FrameTaker): void {
    if (this.#taker === taker) this.#taker = undefined;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#capture.port.onmessage = null;
    this.#source?.disconnect();
    this.#recorded = [];
    this.#taker = undefined;
    // Closing cannot fail in a way that matters: the graph is disconnected.
    void this.context.close().catch(() => undefined);
  }

  #take(frame: Float32Array): void {
    if (this.#taker !== undefined) return this.#taker(frame);
    this.#recorded.push(frame);
    if (this.#recorded.length > RECORDED_FRAMES_MAX) this.#recorded.shift();
  }
}
