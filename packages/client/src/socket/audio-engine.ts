import type { SilenceTeller } from '../playback-fade.ts';
import { ContextWatch, type PlaybackTeller } from '../sound/context-watch.ts';
import type { MicrophoneTap } from '../sound/microphone-tap.ts';
import { setOutputDevice } from '../sound/output-device.ts';
import { type AnswerOutput, GainVolume, isNode } from '../sound/web-audio-output.ts';
import { PLAYOUT_PROCESSOR, type PlayoutOrder, type PlayoutReport } from './worklet-source.ts';

/** What an audio engine reports. */
export interface AudioEngineSink {
  /** Every 16 ms while the context runs, whatever the page's timers do. */
  readonly onPulse: () => void;
  /** Whether what is played is heard, as far as the browser says. */
  readonly onPlayback: PlaybackTeller;
}

/** Where the answer is heard. */
export interface SpeakerChoice {
  /** A node of the page's own, or the context's own output. */
  readonly output: AnswerOutput;
  readonly outputId: string | undefined;
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
  #onSilent: SilenceTeller | undefined;

  readonly #watch: ContextWatch;
  /** Before a node of the page's own, which is of another audio context. */
  readonly #volume: GainVolume | undefined;

  /** @param tap - Whose audio context it shares, worklets included. */
  constructor({ context }: MicrophoneTap, speaker: SpeakerChoice, sink: AudioEngineSink) {
    this.#context = context;
    this.#playout = new AudioWorkletNode(context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    const { output, outputId } = speaker;
    this.#volume = isNode(output) ? new GainVolume(output) : undefined;
    this.#playout.connect(this.#destination());
    this.#playout.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => {
      this.#position = { ...data, atMs: this.#pageTimeMs(data.atS) };
      if (data.position.isPlaying) this.#playedPosition = this.#position;
      if (data.silentAt !== undefined) this.#onSilent?.(data.silentAt);
      sink.onPulse();
    };
    this.#watch = new ContextWatch(context, sink.onPlayback);
    this.#watch.check();
    if (outputId !== undefined) void this.setOutput(outputId).catch(() => undefined);
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

  /** Plays a frame in its place. The array is handed over. */
  play(rtpTimestamp: number, samples: Float32Array): void {
    const order: PlayoutOrder = { type: 'frame', rtpTimestamp, samples };
    this.#playout.port.postMessage(order, [samples.buffer]);
  }

  /** Throws away what waits to be played; what is heard fades out, and `onSilent` is told the RTP time of its end. */
  flush(onSilent: SilenceTeller | undefined): void {
    this.#onSilent = onSilent;
    this.#playout.port.postMessage({ type: 'flush' } satisfies PlayoutOrder);
  }

  /** Asks the browser for its sound again, after a gesture of the user; the promise doesn't wait for one. */
  async resume(): Promise<void> {
    void this.#context.resume().catch(() => undefined);
    await Promise.resolve();
  }

  /** Rejects with a `PrismClientError`. */
  setOutput(deviceId: string | undefined): Promise<void> {
    return setOutputDevice(this.#volume?.context ?? this.#context, deviceId);
  }

  /** Idempotent. */
  close(): void {
    this.#watch.close();
    this.#volume?.close();
    this.#playout.port.onmessage = null;
    this.#playout.disconnect();
  }

  #destination(): AudioNode {
    if (this.#volume === undefined) return this.#context.destination;
    const bridge = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    this.#volume.play(bridge.stream);
    return bridge;
  }

  #pageTimeMs(contextTimeS: number): number {
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    const isTold = performanceTime > 0;
    // What is heard now left the worklet some time ago: that is the output latency, which is told by itself.
    if (!isTold) return performance.now();
    return performanceTime + (contextTimeS - contextTime) * 1_000 - this.outputLatencyMs;
  }
}
