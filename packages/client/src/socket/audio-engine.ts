import { PrismClientError } from '../client-error.ts';
import {
  CAPTURE_PROCESSOR,
  CONTEXT_SAMPLE_RATE_HZ,
  PLAYOUT_PROCESSOR,
  type PlayoutOrder,
  type PlayoutReport,
  workletSource,
} from './worklet-source.ts';

/** What an audio engine reports. */
export interface AudioEngineSink {
  /** 20 ms of the microphone, 24 kHz mono. The array is the sink's. */
  readonly onCaptured: (samples: Float32Array) => void;
  /** The browser took the sound away, or gave it back. */
  readonly onSuspended: (isSuspended: boolean) => void;
}

/** Where the loudspeaker stands, on the page's clock. */
export interface LoudspeakerPosition extends PlayoutReport {
  /** When `position` was true, by `performance.now()`. */
  readonly atMs: number;
}

/** Microphone and loudspeaker of a media WebSocket: one audio context at 24 kHz with two worklets. */
export class AudioEngine {
  readonly #context: AudioContext;
  readonly #playout: AudioWorkletNode;
  readonly #capture: AudioWorkletNode;
  #source: MediaStreamAudioSourceNode;
  #position: LoudspeakerPosition | undefined;
  #playedPosition: LoudspeakerPosition | undefined;

  private constructor(context: AudioContext, microphone: MediaStream, sink: AudioEngineSink) {
    this.#context = context;
    this.#source = context.createMediaStreamSource(microphone);
    this.#capture = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#playout = new AudioWorkletNode(context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#source.connect(this.#capture);
    this.#playout.connect(context.destination);
    this.#capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      sink.onCaptured(data);
    };
    this.#playout.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => {
      this.#position = { ...data, atMs: this.#pageTimeMs(data.atS) };
      if (data.position.isPlaying) this.#playedPosition = this.#position;
    };
    context.onstatechange = () => {
      if (context.state !== 'closed') sink.onSuspended(context.state !== 'running');
    };
  }

  /** Loads the worklets and starts. Rejects with `audio_unsupported` where a browser lacks them. */
  static async open(microphone: MediaStream, sink: AudioEngineSink): Promise<AudioEngine> {
    if (!('AudioWorkletNode' in globalThis)) throw new PrismClientError('audio_unsupported');
    const context = new AudioContext({
      sampleRate: CONTEXT_SAMPLE_RATE_HZ,
      latencyHint: 'interactive',
    });
    const url = URL.createObjectURL(new Blob([workletSource()], { type: 'text/javascript' }));
    try {
      await context.audioWorklet.addModule(url);
      const engine = new AudioEngine(context, microphone, sink);
      // A context made before the user's gesture stays suspended until there is one.
      if (context.state === 'suspended') void context.resume();
      return engine;
    } catch (failure) {
      void context.close();
      throw new PrismClientError('audio_unsupported', { cause: failure });
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /** Where the loudspeaker stood when it was last told, some 20 ms ago at most. */
  get position(): LoudspeakerPosition | undefined {
    return this.#position;
  }

  /** The same of the last time that something of an answer was played. */
  get playedPosition(): LoudspeakerPosition | undefined {
    return this.#playedPosition;
  }

  /** From the worklet to the ear, as the browser says. */
  get outputLatencyMs(): number {
    return this.#context.outputLatency * 1_000;
  }

  get isSuspended(): boolean {
    return this.#context.state !== 'running';
  }

  /** Plays a frame in its place. The array is handed over. */
  play(rtpTimestamp: number, samples: Float32Array): void {
    const order: PlayoutOrder = { type: 'frame', rtpTimestamp, samples };
    this.#playout.port.postMessage(order, [samples.buffer]);
  }

  /** Takes another microphone. */
  listenTo(microphone: MediaStream): void {
    this.#source.disconnect();
    this.#source = this.#context.createMediaStreamSource(microphone);
    this.#source.connect(this.#capture);
  }

  /** Throws away what waits to be played; what is heard fades out. */
  flush(): void {
    this.#playout.port.postMessage({ type: 'flush' } satisfies PlayoutOrder);
  }

  /** Asks the browser for its sound again, after a gesture of the user. */
  async resume(): Promise<void> {
    await this.#context.resume();
  }

  /** Idempotent. */
  close(): void {
    this.#context.onstatechange = null;
    this.#capture.port.onmessage = null;
    this.#playout.port.onmessage = null;
    this.#source.disconnect();
    this.#playout.disconnect();
    // Closing cannot fail in a way that matters: the graph is disconnected.
    void this.#context.close().catch(() => undefined);
  }

  #pageTimeMs(contextTimeS: number): number {
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    const isTold = performanceTime > 0;
    // What is heard now left the worklet some time ago: that is the output latency, which is told by itself.
    if (!isTold) return performance.now();
    return performanceTime + (contextTimeS - contextTime) * 1_000 - this.outputLatencyMs;
  }
}
