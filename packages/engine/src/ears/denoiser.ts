import createRnnoise, { type RnnoiseModule } from '@echogarden/rnnoise-wasm';
import { NoiseFloor } from './noise-floor.ts';

/** Samples of a frame: 10 ms at 48 kHz. */
export const DENOISER_FRAME_SAMPLES = 480;
/** Rate of the audio that a denoiser takes and gives. */
export const DENOISER_RATE_HZ = 48_000;
/** The denoised frame is this much later than the frame that went in. */
export const DENOISER_DELAY_SAMPLES = 480;

/** A new network takes faint noise for half a voice; after these frames of it, it has settled. */
const SETTLING_FRAME_COUNT = 40;
/** In PCM16 units. */
const SETTLING_AMPLITUDE = 4;

/** Makes denoisers; RNNoise in WebAssembly, its weights inside. */
export class DenoiserFactory {
  readonly #module: RnnoiseModule;
  readonly #frame: number;

  private constructor(module: RnnoiseModule) {
    this.#module = module;
    this.#frame = module._malloc(DENOISER_FRAME_SAMPLES * Float32Array.BYTES_PER_ELEMENT);
  }

  /** Loads the module (about 5 ms). */
  static async load(): Promise<DenoiserFactory> {
    return new DenoiserFactory(await createRnnoise());
  }

  /** Makes a denoiser for one stream, settled on silence. */
  create(): Denoiser {
    const denoiser = new Denoiser(this.#module, this.#frame);
    const frame = new Float32Array(DENOISER_FRAME_SAMPLES);
    const floor = new NoiseFloor(SETTLING_AMPLITUDE);
    for (let n = 0; n < SETTLING_FRAME_COUNT; n++) {
      for (let i = 0; i < frame.length; i++) frame[i] = floor.next();
      denoiser.process(frame);
    }
    return denoiser;
  }
}

/** One stream's noise suppression and voice detection. */
export class Denoiser {
  readonly #module: RnnoiseModule;
  readonly #frame: number;
  #state: number;

  constructor(module: RnnoiseModule, frame: number) {
    this.#module = module;
    this.#frame = frame;
    this.#state = module._rnnoise_create(0);
  }

  /**
   * Processes 10 ms.
   *
   * @param frame - {@link DENOISER_FRAME_SAMPLES} floats in PCM16 units; replaced by the denoised ones, which are
   * {@link DENOISER_DELAY_SAMPLES} late.
   * @returns Probability that somebody speaks in it.
   */
  process(frame: Float32Array): number {
    const at = this.#frame >> 2;
    this.#module.HEAPF32.set(frame, at);
    const probability = this.#module._rnnoise_process_frame(this.#state, this.#frame, this.#frame);
    frame.set(this.#module.HEAPF32.subarray(at, at + DENOISER_FRAME_SAMPLES));
    return probability;
  }

  /** Frees its memory. Idempotent. */
  close(): void {
    if (this.#state !== 0) this.#module._rnnoise_destroy(this.#state);
    this.#state = 0;
  }
}
