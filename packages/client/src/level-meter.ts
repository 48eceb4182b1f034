/** Levels of both sides at one moment, as RMS amplitude from 0 to 1. */
export interface LevelSample {
  readonly microphoneRms: number;
  readonly agentRms: number;
}

/** Root mean square of samples between −1 and 1; 0 for none. */
export function rootMeanSquare(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index] ?? 0;
    sum += sample * sample;
  }
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/**
 * Maps an RMS amplitude to 0–1 for a display, linear in decibels between −60 dBFS and −10 dBFS,
 * which is where speech lies.
 */
export function displayLevel(rms: number): number {
  if (rms <= 0) return 0;
  const levelDb = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (levelDb + 60) / 50));
}

const WINDOW_SAMPLES = 1024;

/** Measures the level of a stream with a WebAudio analyser, over the newest 1024 samples. */
export class LevelMeter {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(WINDOW_SAMPLES);

  constructor(context: AudioContext, stream: MediaStream) {
    this.#source = context.createMediaStreamSource(stream);
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = WINDOW_SAMPLES;
    this.#source.connect(this.#analyser);
  }

  /** RMS amplitude from 0 to 1, now. */
  readRms(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return rootMeanSquare(this.#samples);
  }

  /** Takes the meter out of the audio graph. */
  close(): void {
    this.#source.disconnect();
    this.#analyser.disconnect();
  }
}
