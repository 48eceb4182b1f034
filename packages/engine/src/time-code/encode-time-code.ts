import {
  CODE_COUNT,
  CODE_FRAME_MS,
  DIGIT_TONE_COUNT,
  digitsOfCode,
  TONE_COUNT,
  toneHz,
} from './tone-plan.ts';

const RATE_HZ = 24_000;

/** Samples of one coded frame at 24 kHz. */
export const CODE_FRAME_SAMPLES = (RATE_HZ * CODE_FRAME_MS) / 1_000;

/** Peak of one of the five tones; their sum stays below full scale. */
const TONE_AMPLITUDE = 4_000;

/** Makes time-coded sound: PCM16 mono at 24 kHz in which every 20 ms tell their place in the sequence. */
class TimeCodeEncoder {
  /** One frame of each tone. */
  readonly #tones: readonly Float32Array[];

  constructor() {
    this.#tones = Array.from({ length: TONE_COUNT }, (_, tone) =>
      Float32Array.from(
        { length: CODE_FRAME_SAMPLES },
        (__, sample) => TONE_AMPLITUDE * Math.sin((2 * Math.PI * toneHz(tone) * sample) / RATE_HZ),
      ),
    );
  }

  /** `frameCount` frames from number `firstFrame` on, which counts from 0 and may exceed the 4096 codes. */
  encode(firstFrame: number, frameCount: number): Int16Array {
    const pcm = new Int16Array(frameCount * CODE_FRAME_SAMPLES);
    for (let frame = 0; frame < frameCount; frame += 1) {
      const from = frame * CODE_FRAME_SAMPLES;
      this.#write((firstFrame + frame) % CODE_COUNT, pcm.subarray(from, from + CODE_FRAME_SAMPLES));
    }
    return pcm;
  }

  #write(code: number, pcm: Int16Array): void {
    const sum = new Float32Array(pcm.length);
    for (const [band, digit] of digitsOfCode(code).entries()) {
      const tone = this.#tones[band * DIGIT_TONE_COUNT + digit] ?? sum;
      for (let sample = 0; sample < sum.length; sample += 1) {
        sum[sample] = (sum[sample] ?? 0) + (tone[sample] ?? 0);
      }
    }
    for (let sample = 0; sample < pcm.length; sample += 1) {
      pcm[sample] = Math.round(sum[sample] ?? 0);
    }
  }
}

/**
 * Time-coded sound for `decodeTimeCode` at the other end: PCM16 mono at 24 kHz, `frameCount` frames of 20 ms from
 * number `firstFrame` on, which counts without end.
 */
export function encodeTimeCode(firstFrame: number, frameCount: number): Int16Array {
  return new TimeCodeEncoder().encode(firstFrame, frameCount);
}
