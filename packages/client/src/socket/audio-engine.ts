import type { MicrophoneTap } from '../sound/microphone-tap.ts';
import { PLAYOUT_PROCESSOR, type PlayoutOrder, type PlayoutReport } from './worklet-source.ts';

/** What an audio engine reports. */
export interface AudioEngineSink {
  /** The browser took the sound away, or gave it back. */
  readonly onSuspended: (isSuspended: boolean) => void;
}

/** Where the loudspeaker stands, on the page's clock. */
export interface LoudspeakerPosition extends PlayoutReport {
  /** When `position` was true, by `performance.now()`. */
  readonly atMs: number;
}

/** Loudspeaker of a media WebSocket: a worklet in the microphone's audio context, at 24 kHz. */
export class AudioEngine {
  readonly #context: AudioContext;
  readonly #playout: AudioWorkletNode;
  #position: LoudspeakerPosition | undefined;
  #playedPosition: LoudspeakerPosition | undefined;

  /** @param tap - Whose audio context it shares, worklets included. */
  constructor({ context }: MicrophoneTap, sink: AudioEngineSink) {
    this.#context = context;
    this.#playout = new AudioWorkletNode(context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#playout.connect(context.destination);
    this.#playout.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => {
      this.#position = { ...data, atMs: this.#pageTimeMs(data.atS) };
      if (data.position.isPlaying) this.#playedPosition = this.#position;
    };
    context.onstatechange = () => {
      if (context.state !== 'closed') sink.onSuspended(context.state !== 'running');
    };
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
    this.#playout.port.onmessage = null;
    this.#playout.disconnect();
  }

  #pageTimeMs(contextTimeS: number): number {
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    const isTold = performanceTime > 0;
    // What is heard now left the worklet some time ago: that is the output latency, which is told by itself.
    if (!isTold) return performance.now();
    return performanceTime + (contextTimeS - contextTime) * 1_000 - this.outputLatencyMs;
  }
}
