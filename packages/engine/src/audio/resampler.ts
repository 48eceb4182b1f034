/** What a {@link Resampler} converts, and how carefully. */
export interface ResamplerOptions {
  readonly inputRateHz: number;
  readonly outputRateHz: number;
  /**
   * Zero crossings of the sinc on each side of its centre, at the lower of the two rates: more of them make the
   * transition band narrower and the look-ahead longer. 24 by default.
   */
  readonly zeroCrossingCount?: number;
}

const DEFAULT_ZERO_CROSSING_COUNT = 24;
/** About 90 dB of stop-band attenuation. */
const KAISER_BETA = 9;
/** The pass band ends here, as a share of the lower Nyquist frequency. */
const ROLLOFF_RATIO = 0.94;
const MAX_PHASE_COUNT = 1024;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of the first kind, order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * A polyphase resampler by a ratio of integers, with a Kaiser-windowed sinc.
 *
 * It is a stream: any way of cutting the input gives the same output, bit for bit. The output isn't delayed against
 * the input (sample 0 of both is the same instant); it only becomes available {@link lookAheadSamples} later.
 */
export class Resampler {
  readonly #upCount: number;
  readonly #downCount: number;
  readonly #tapCount: number;
  readonly #halfTapCount: number;
  /** One row of taps per phase, in the order in which they meet the input. */
  readonly #taps: Float32Array;
  #history: Float32Array;
  /** Input samples in the history that are still needed or not yet used. */
  #historyCount: number;
  #nextPhase = 0;
  #inputCount = 0;
  #outputCount = 0;

  constructor(options: ResamplerOptions) {
    const { inputRateHz, outputRateHz } = options;
    const zeroCrossingCount = options.zeroCrossingCount ?? DEFAULT_ZERO_CROSSING_COUNT;
    for (const rateHz of [inputRateHz, outputRateHz]) {
      if (!Number.isInteger(rateHz) || rateHz <= 0) throw new RangeError(`bad rate ${rateHz} Hz`);
    }
    if (!Number.isInteger(zeroCrossingCount) || zeroCrossingCount < 1) {
      throw new RangeError('zeroCrossingCount must be a positive integer');
    }
    const divisor = greatestCommonDivisor(inputRateHz, outputRateHz);
    this.#upCount = outputRateHz / divisor;
    this.#downCount = inputRateHz / divisor;
    if (this.#upCount > MAX_PHASE_COUNT) {
      throw new RangeError(`${inputRateHz} Hz to ${outputRateHz} Hz needs too many phases`);
    }
    const cutoffRatio = Math.min(1, outputRateHz / inputRateHz);
    this.#halfTapCount = Math.ceil(zeroCrossingCount / cutoffRatio);
    this.#tapCount = this.#halfTapCount * 2;
    this.#taps = designTaps(this.#upCount, this.#halfTapCount, cutoffRatio * ROLLOFF_RATIO);
    this.#history = new Float32Array(this.#tapCount * 4);
    // The samples before the first one are silence.
    this.#historyCount = this.#halfTapCount - 1;
  }

  /** Input samples after an instant that must be known before its output sample can be given. */
  get lookAheadSamples(): number {
    return this.#halfTapCount;
  }

  /**
   * Takes more input.
   *
   * @returns All output samples that are determined now; may be empty.
   */
  push(input: Float32Array): Float32Array {
    this.#inputCount += input.length;
    return this.#convert(input, Number.POSITIVE_INFINITY);
  }

  /**
   * Ends the stream as if silence followed.
   *
   * @returns The rest of the output, so that in all `ceil(inputs × outputRate / inputRate)` samples were given.
   */
  flush(): Float32Array {
    const totalCount = Math.ceil((this.#inputCount * this.#upCount) / this.#downCount);
    return this.#convert(new Float32Array(this.#tapCount), totalCount - this.#outputCount);
  }

  #convert(input: Float32Array, limitCount: number): Float32Array {
    const neededCount = this.#historyCount + input.length;
    if (neededCount > this.#history.length) {
      const grown = new Float32Array(neededCount + this.#tapCount);
      grown.set(this.#history.subarray(0, this.#historyCount));
      this.#history = grown;
    }
    const history = this.#history;
    history.set(input, this.#historyCount);
    this.#historyCount = neededCount;

    const tapCount = this.#tapCount;
    const taps = this.#taps;
    const out = new Float32Array(
      Math.min(limitCount, Math.ceil(((neededCount + 1) * this.#upCount) / this.#downCount)),
    );
    let outCount = 0;
    let start = 0;
    let phase = this.#nextPhase;
    while (start + tapCount <= neededCount && outCount < limitCount) {
      const row = phase * tapCount;
      let sum = 0;
      for (let k = 0; k < tapCount; k++) {
        sum += (taps[row + k] ?? 0) * (history[start + k] ?? 0);
      }
      out[outCount++] = sum;
      phase += this.#downCount;
      start += Math.floor(phase / this.#upCount);
      phase %= this.#upCount;
    }
    this.#nextPhase = phase;
    this.#outputCount += outCount;
    // A step may be longer than the taps, so that the next start lies beyond what has arrived.
    const consumedCount = Math.min(start, neededCount);
    history.copyWithin(0, consumedCount, neededCount);
    this.#historyCount = neededCount - consumedCount;
    return out.subarray(0, outCount);
  }
}

function designTaps(phaseCount: number, halfTapCount: number, cutoffRatio: number): Float32Array {
  const tapCount = halfTapCount * 2;
  const taps = new Float32Array(phaseCount * tapCount);
  const windowScale = besselI0(KAISER_BETA);
  for (let phase = 0; phase < phaseCount; phase++) {
    const row = new Float64Array(tapCount);
    let gain = 0;
    for (let k = 0; k < tapCount; k++) {
      // Distance from the output instant to this input sample, in input samples.
      const x = k - (halfTapCount - 1) - phase / phaseCount;
      const edge = x / halfTapCount;
      const window =
        Math.abs(edge) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / windowScale;
      const angle = Math.PI * cutoffRatio * x;
      const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
      const tap = cutoffRatio * sinc * window;
      row[k] = tap;
      gain += tap;
    }
    // Every phase passes a constant unchanged, so that no tone appears at the rate of the phases.
    for (let k = 0; k < tapCount; k++) taps[phase * tapCount + k] = (row[k] ?? 0) / gain;
  }
  return taps;
}

/** Resamples a whole recording at once. */
export function resample(input: Float32Array, options: ResamplerOptions): Float32Array {
  if (options.inputRateHz === options.outputRateHz) return input.slice();
  const resampler = new Resampler(options);
  const head = resampler.push(input);
  const tail = resampler.flush();
  const out = new Float32Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}
