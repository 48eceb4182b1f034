import { ACTIVITY_FRAME_SAMPLES } from '../ports/ears.ts';

const FULL_SCALE = 32_768;

/** Activity of whole frames, the first of them starting at `firstSample`. */
export interface EnergyActivity {
  readonly firstSample: number;
  /** 1 for sound, 0 for silence. */
  readonly probabilities: Float32Array;
}

/** Tells sound from silence by the mean power of each 10 ms. */
export class EnergyDetector {
  readonly #powerMin: number;
  #frameSample = 0;
  #frameSamples = 0;
  #framePower = 0;

  constructor(thresholdDbfs: number) {
    const rms = FULL_SCALE * 10 ** (thresholdDbfs / 20);
    this.#powerMin = rms * rms * ACTIVITY_FRAME_SAMPLES;
  }

  /** Takes PCM16 at 24 kHz, any length; `undefined` until a frame is full. */
  push(pcm: Int16Array): EnergyActivity | undefined {
    const frameCount = Math.floor((this.#frameSamples + pcm.length) / ACTIVITY_FRAME_SAMPLES);
    const probabilities = new Float32Array(frameCount);
    const firstSample = this.#frameSample;
    let frame = 0;
    for (let at = 0; at < pcm.length; ) {
      const end = Math.min(pcm.length, at + ACTIVITY_FRAME_SAMPLES - this.#frameSamples);
      this.#frameSamples += end - at;
      for (; at < end; at += 1) {
        const sample = pcm[at] ?? 0;
        this.#framePower += sample * sample;
      }
      if (this.#frameSamples === ACTIVITY_FRAME_SAMPLES) {
        probabilities[frame] = this.#framePower >= this.#powerMin ? 1 : 0;
        frame += 1;
        this.#frameSample += ACTIVITY_FRAME_SAMPLES;
        this.#frameSamples = 0;
        this.#framePower = 0;
      }
    }
    return frameCount === 0 ? undefined : { firstSample, probabilities };
  }
}
