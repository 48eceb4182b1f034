import { TONE_COUNT, TONE_GRID_HZ, toneHz } from './tone-plan.ts';

/** Levels are measured every 2.5 ms. */
const STEPS_PER_SECOND = 400;

/** Steps in one measured window: 15 ms, which tells tones 75 Hz apart from each other. */
const WINDOW_STEPS = 6;

export const STEP_MS = 1_000 / STEPS_PER_SECOND;
export const WINDOW_MS = WINDOW_STEPS * STEP_MS;

/** Amplitudes of all tones in overlapping windows of a recording. */
export class ToneLevels {
  /** Windows measured; the n-th begins at n × {@link STEP_MS}. */
  readonly windowCount: number;
  readonly #levels: Float32Array;

  /** PCM16 mono at a rate that is a multiple of 400 Hz; throws a RangeError for others. */
  constructor(pcm: Int16Array, rateHz: number) {
    if (rateHz % STEPS_PER_SECOND !== 0 || rateHz < 8_000) {
      throw new RangeError(`a time code can't be read at ${rateHz} Hz`);
    }
    const stepSamples = rateHz / STEPS_PER_SECOND;
    const stepCount = Math.floor(pcm.length / stepSamples);
    this.windowCount = Math.max(0, stepCount - WINDOW_STEPS + 1);
    this.#levels = new Float32Array(this.windowCount * TONE_COUNT);
    const sines = sineTable(rateHz);
    for (let tone = 0; tone < TONE_COUNT; tone += 1) {
      this.#measure(tone, stepSums(pcm, { stepSamples, stepCount, sines, hz: toneHz(tone) }));
    }
  }

  /** Peak amplitude of a tone in a window, in PCM16 steps. */
  at(window: number, tone: number): number {
    return this.#levels[window * TONE_COUNT + tone] ?? 0;
  }

  #measure(tone: number, sums: StepSums): void {
    const { real, imaginary, stepSamples } = sums;
    const scale = 2 / (WINDOW_STEPS * stepSamples);
    for (let window = 0; window < this.windowCount; window += 1) {
      let inPhase = 0;
      let quadrature = 0;
      for (let step = window; step < window + WINDOW_STEPS; step += 1) {
        inPhase += real[step] ?? 0;
        quadrature += imaginary[step] ?? 0;
      }
      this.#levels[window * TONE_COUNT + tone] = scale * Math.hypot(inPhase, quadrature);
    }
  }
}

interface StepSums {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly stepSamples: number;
}

/** One period of the tones' common fundamental. */
function sineTable(rateHz: number): Float64Array {
  const length = rateHz / TONE_GRID_HZ;
  return Float64Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * index) / length));
}

/** Correlates each step with one tone, its phase running on from step to step. */
function stepSums(
  pcm: Int16Array,
  by: {
    readonly stepSamples: number;
    readonly stepCount: number;
    readonly sines: Float64Array;
    readonly hz: number;
  },
): StepSums {
  const { stepSamples, stepCount, sines, hz } = by;
  const real = new Float64Array(stepCount);
  const imaginary = new Float64Array(stepCount);
  const stride = hz / TONE_GRID_HZ;
  const quarter = sines.length / 4;
  let phase = 0;
  for (let step = 0; step < stepCount; step += 1) {
    let inPhase = 0;
    let quadrature = 0;
    for (let sample = step * stepSamples; sample < (step + 1) * stepSamples; sample += 1) {
      const value = pcm[sample] ?? 0;
      inPhase += value * (sines[phase] ?? 0);
      quadrature += value * (sines[(phase + quarter) % sines.length] ?? 0);
      phase = (phase + stride) % sines.length;
    }
    real[step] = inPhase;
    imaginary[step] = quadrature;
  }
  return { real, imaginary, stepSamples };
}
