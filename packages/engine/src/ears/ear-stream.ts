import { Resampler } from '../audio/resampler.ts';
import { ACTIVITY_FRAME_SAMPLES, PORT_SAMPLE_RATE_HZ } from '../ports/ears.ts';
import { DECODER_RATE_HZ } from './decoder.ts';
import {
  DENOISER_DELAY_SAMPLES,
  DENOISER_FRAME_SAMPLES,
  DENOISER_RATE_HZ,
  type Denoiser,
} from './denoiser.ts';
import type { HeardFrame } from './signal-to-noise.ts';

/** Samples of a 10 ms frame as the recogniser takes it. */
const FRAME_SAMPLES = DECODER_RATE_HZ / 100;

/** 16 s of frames: the port promises 15. */
const RING_FRAME_COUNT = 1_600;
/** Zero crossings of the resampler into the denoiser: few, since its look-ahead delays every decision. */
const UPSAMPLER_ZERO_CROSSING_COUNT = 16;
/** Root mean square in PCM16 units (-69 dBFS) below which nobody speaks, whatever the network believes. */
const SILENCE_RMS = 12;

/**
 * One ear's audio: takes PCM at 24 kHz, gives speech probabilities, and keeps the last seconds ready for recognition.
 *
 * Frames are 10 ms and numbered from the first sample; a frame of audio becomes readable about 15 ms after its
 * probability.
 */
export class EarStream {
  readonly #denoiser: Denoiser;
  readonly #up = new Resampler({
    inputRateHz: PORT_SAMPLE_RATE_HZ,
    outputRateHz: DENOISER_RATE_HZ,
    zeroCrossingCount: UPSAMPLER_ZERO_CROSSING_COUNT,
  });
  readonly #down = new Resampler({ inputRateHz: DENOISER_RATE_HZ, outputRateHz: DECODER_RATE_HZ });
  /** Audio at 48 kHz that doesn't fill a frame yet. */
  #wide = new Float32Array(DENOISER_FRAME_SAMPLES * 3);
  #wideCount: number;
  /** Denoised samples at 48 kHz that belong to the time before the first sample. */
  #skipCount: number;
  readonly #ring = new Int16Array(RING_FRAME_COUNT * FRAME_SAMPLES);
  readonly #probabilities = new Float32Array(RING_FRAME_COUNT);
  readonly #powers = new Float32Array(RING_FRAME_COUNT);
  #ringSampleCount = 0;
  #probabilityCount = 0;

  constructor(denoiser: Denoiser) {
    this.#denoiser = denoiser;
    // The resampler holds its look-ahead back; silence in front lets each 240 samples make a whole frame at once.
    this.#wideCount = (this.#up.lookAheadSamples * DENOISER_RATE_HZ) / PORT_SAMPLE_RATE_HZ;
    this.#skipCount = this.#wideCount + DENOISER_DELAY_SAMPLES;
  }

  /** Frames whose speech probability is known. */
  get activityFrameCount(): number {
    return this.#probabilityCount;
  }

  /** Frames whose audio can be read, if they aren't too old. */
  get audioFrameCount(): number {
    return Math.floor(this.#ringSampleCount / FRAME_SAMPLES);
  }

  /** The oldest frame whose audio can be read. */
  get oldestFrame(): number {
    return Math.max(0, this.audioFrameCount - RING_FRAME_COUNT + 2);
  }

  /**
   * Processes 10 ms.
   *
   * @param pcm - {@link ACTIVITY_FRAME_SAMPLES} samples at 24 kHz.
   * @returns Probability that somebody speaks.
   */
  process(pcm: Int16Array): number {
    const input = new Float32Array(ACTIVITY_FRAME_SAMPLES);
    let energy = 0;
    for (let i = 0; i < input.length; i++) {
      const sample = pcm[i] ?? 0;
      input[i] = sample;
      energy += sample * sample;
    }
    const wide = this.#up.push(input);
    this.#wide.set(wide, this.#wideCount);
    this.#wideCount += wide.length;
    const frame = this.#wide.slice(0, DENOISER_FRAME_SAMPLES);
    this.#wide.copyWithin(0, DENOISER_FRAME_SAMPLES, this.#wideCount);
    this.#wideCount -= DENOISER_FRAME_SAMPLES;

    const heard = this.#denoiser.process(frame);
    const skipped = Math.min(this.#skipCount, frame.length);
    this.#skipCount -= skipped;
    this.#remember(this.#down.push(frame.subarray(skipped)));

    const isSilent = energy < SILENCE_RMS * SILENCE_RMS * input.length;
    const probability = isSilent ? 0 : heard;
    this.#probabilities[this.#probabilityCount % RING_FRAME_COUNT] = probability;
    this.#powers[this.#probabilityCount % RING_FRAME_COUNT] = energy / input.length;
    this.#probabilityCount++;
    return probability;
  }

  /** A frame's speech probability; 0 if it is unknown or forgotten. */
  probability(frame: number): number {
    const isKnown =
      frame >= Math.max(0, this.#probabilityCount - RING_FRAME_COUNT) &&
      frame < this.#probabilityCount;
    return isKnown ? (this.#probabilities[frame % RING_FRAME_COUNT] ?? 0) : 0;
  }

  /** Frames as they came, before noise suppression; those that are forgotten are left out. */
  heardFrames(firstFrame: number, endFrame: number): readonly HeardFrame[] {
    const oldest = Math.max(firstFrame, this.#probabilityCount - RING_FRAME_COUNT);
    const frames: HeardFrame[] = [];
    for (let frame = oldest; frame < Math.min(endFrame, this.#probabilityCount); frame++) {
      frames.push({
        power: this.#powers[frame % RING_FRAME_COUNT] ?? 0,
        speechProbability: this.#probabilities[frame % RING_FRAME_COUNT] ?? 0,
      });
    }
    return frames;
  }

  /**
   * Reads frames of audio.
   *
   * @returns Floats in [-1, 1) at 16 kHz. The frames must be readable.
   */
  read(firstFrame: number, frameCount: number): Float32Array {
    if (firstFrame < this.oldestFrame || firstFrame + frameCount > this.audioFrameCount) {
      throw new RangeError(`frames ${firstFrame}+${frameCount} are not there`);
    }
    const out = new Float32Array(frameCount * FRAME_SAMPLES);
    let at = (firstFrame * FRAME_SAMPLES) % this.#ring.length;
    for (let i = 0; i < out.length; i++) {
      out[i] = (this.#ring[at] ?? 0) / 32768;
      at = at + 1 === this.#ring.length ? 0 : at + 1;
    }
    return out;
  }

  /** Frees the denoiser. Idempotent. */
  close(): void {
    this.#denoiser.close();
  }

  #remember(samples: Float32Array): void {
    let at = this.#ringSampleCount % this.#ring.length;
    for (const sample of samples) {
      this.#ring[at] = Math.max(-32768, Math.min(32767, Math.round(sample)));
      at = at + 1 === this.#ring.length ? 0 : at + 1;
    }
    this.#ringSampleCount += samples.length;
  }
}
