import type { HeardFrame } from './signal-to-noise.ts';

/** Frames this sure to be speech tell how loud it is. */
const LEVEL_PROBABILITY = 0.8;
/** So many of them tell enough, and no more are asked: what comes later, when it comes, must not matter. */
const LEVEL_FRAME_COUNT = 20;

/** How loud somebody speaks: by the first 200 ms that are surely speech, and by nothing else. */
export class SpeechLevel {
  #frameCount = 0;
  #powerSum = 0;

  /** True once further frames count no more. */
  get isKnown(): boolean {
    return this.#frameCount === LEVEL_FRAME_COUNT;
  }

  /** Root mean square as a share of full scale, by the frames so far; undefined without any. */
  get rms(): number | undefined {
    if (this.#frameCount === 0) return undefined;
    return Math.sqrt(this.#powerSum / this.#frameCount) / 32_768;
  }

  take({ power, speechProbability }: HeardFrame): void {
    if (this.isKnown || speechProbability < LEVEL_PROBABILITY) return;
    this.#frameCount += 1;
    this.#powerSum += power;
  }
}
