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
export class TimeCodeEncoder {
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
    const tones = digitsOfCode(code).map(
      (digit, band) => this.#tones[band * DIGIT_TONE_COUNT + digit],
    );
    for (let sample = 0; sample < pcm.length; sample += 1) {
      pcm[sample] = Math.round(tones.reduce((sum, tone) => sum + (tone?.[sample] ?? 0), 0));
    }
  }
}

/** Time-coded sound as {@link TimeCodeEncoder.encode} makes it, for whoever needs it once. */
export function encodeTimeCode(firstFrame: number, frameCount: number): Int16Array {
  return new TimeCodeEncoder().encode(firstFrame, frameCount);
}
