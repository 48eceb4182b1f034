import { PrismClientError } from '../client-error.ts';
import {
  CAPTURE_PROCESSOR,
  CONTEXT_SAMPLE_RATE_HZ,
  workletSource,
} from '../socket/worklet-source.ts';
import { type FrameTaker, framesFor } from './frames.ts';
import { readTrack, type TrackReader, trackReader } from './track-frames.ts';

/** Frames of 20 ms that are recorded while nobody takes them: 10 s. Beyond it the oldest go. */
const RECORDED_FRAMES_MAX = 500;

/**
 * The microphone as frames: from its track where the browser can, else by an audio context of its own. What nobody takes is recorded, so that what is said
 * before a call is live, or while another way is made, can be handed over.
 */
export class MicrophoneTap {
  readonly context: AudioContext;
  readonly #capture: AudioWorkletNode;
  #source: MediaStreamAudioSourceNode | undefined;
  #reader: TrackReader | undefined;
  readonly #framed = framesFor((frame) => this.#take(frame));
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
    this.#capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this.#framed(data);
  }

  /** Makes all ready but for the microphone. Rejects with `audio_unsupported` where a browser lacks worklets. */
  static async prepare(): Promise<MicrophoneTap> {
    if (!('AudioWorkletNode' in globalThis)) throw new PrismClientError('audio_unsupported');
    const context = new AudioContext({ sampleRate: CONTEXT_SAMPLE_RATE_HZ });
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
    this.#stopListening();
    const reader = trackReader(microphone.getAudioTracks()[0]);
    this.#reader = reader;
    if (reader === undefined) this.#connect(microphone);
    else
      void readTrack(reader, this.#framed)
        .then(() => {
          // The context takes any rate, and gives the silence that follows a track's end.
          if (this.#reader === reader) this.#connect(microphone);
        })
        .catch(() => undefined);
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
    this.#stopListening();
    this.#recorded = [];
    this.#taker = undefined;
    // Closing cannot fail in a way that matters: the graph is disconnected.
    void this.context.close().catch(() => undefined);
  }

  #connect(microphone: MediaStream): void {
    try {
      this.#source = this.context.createMediaStreamSource(microphone);
    } catch (failure) {
      throw new PrismClientError('audio_unsupported', { cause: failure });
    }
    this.#source.connect(this.#capture);
  }

  #stopListening(): void {
    this.#source?.disconnect();
    const reader = this.#reader;
    this.#reader = undefined;
    void reader?.cancel().catch(() => undefined);
  }

  #take(frame: Float32Array): void {
    if (this.#taker !== undefined) return this.#taker(frame);
    this.#recorded.push(frame);
    if (this.#recorded.length > RECORDED_FRAMES_MAX) this.#recorded.shift();
  }
}
