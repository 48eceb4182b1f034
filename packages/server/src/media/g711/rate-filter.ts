/** Between G.711's 8 kHz and our 24 kHz. */
const FACTOR = 3;

/**
 * Taps of the low pass at 24 kHz: a Kaiser window over a sinc that cuts off at 4 kHz, flat to 3.4 kHz and 60 dB down
 * from 4.7 kHz on. Its delay is 31 samples up, and 29 down since a group of three ends with its newest: 2.5 ms in all.
 */
const TAP_COUNT = 63;
const KAISER_BETA = 5.65;

const TAPS = lowPass();

/** Makes 24 kHz of 8 kHz: three samples of each. Keeps what the next call needs. */
export class Upsampler {
  readonly #history = new Float64Array(TAP_COUNT / FACTOR);

  /** `target` has three times the samples of `source`. */
  process(source: Int16Array, target: Int16Array): void {
    const history = this.#history;
    for (let index = 0; index < source.length; index += 1) {
      history.copyWithin(1, 0);
      history[0] = source[index] ?? 0;
      for (let phase = 0; phase < FACTOR; phase += 1) {
        let sum = 0;
        for (let tap = phase, age = 0; tap < TAP_COUNT; tap += FACTOR, age += 1)
          sum += (TAPS[tap] ?? 0) * (history[age] ?? 0);
        target[index * FACTOR + phase] = clipped(sum * FACTOR);
      }
    }
  }
}

/** Makes 8 kHz of 24 kHz: one sample of three. Keeps what the next call needs. */
export class Downsampler {
  readonly #history = new Float64Array(TAP_COUNT);

  /** `target` has a third of the samples of `source`. */
  process(source: Int16Array, target: Int16Array): void {
    const history = this.#history;
    for (let index = 0; index < target.length; index += 1) {
      history.copyWithin(FACTOR, 0);
      for (let step = 0; step < FACTOR; step += 1)
        history[FACTOR - 1 - step] = source[index * FACTOR + step] ?? 0;
      let sum = 0;
      for (let tap = 0; tap < TAP_COUNT; tap += 1) sum += (TAPS[tap] ?? 0) * (history[tap] ?? 0);
      target[index] = clipped(sum);
    }
  }
}

function clipped(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

/** Taps whose sum is one. */
function lowPass(): Float64Array {
  const middle = (TAP_COUNT - 1) / 2;
  const taps = Float64Array.from({ length: TAP_COUNT }, (_, tap) => {
    const offset = tap - middle;
    const sinc =
      offset === 0 ? 1 : Math.sin((Math.PI * offset) / FACTOR) / ((Math.PI * offset) / FACTOR);
    return sinc * bessel(KAISER_BETA * Math.sqrt(1 - (offset / (middle + 1)) ** 2));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** The modified Bessel function of the first kind and order zero, as a series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let order = 1; order < 25; order += 1) {
    term *= (x / (2 * order)) ** 2;
    sum += term;
  }
  return sum;
}
