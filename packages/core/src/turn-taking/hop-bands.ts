import { HOP_SAMPLES } from './hop.ts';

/** 3–6 kHz, 1.5–3 kHz, 750–1,500 Hz, and below 750 Hz without the lowest. */
export const BAND_COUNT = 4;
/** Keeps the offset of a sound card out of the lowest band: a high-pass at about 80 Hz. */
const HIGH_PASS_POLE = 0.7;

/**
 * Cuts a 24 kHz stream into hops of 10 ms and splits each into octave bands by sums and differences (a Haar cascade):
 * leaky bands, but the same for what is sent and what comes back, at half a microsecond per hop.
 */
export class HopBands {
  readonly #hop = new Float64Array(HOP_SAMPLES);
  readonly #powers = new Float64Array(BAND_COUNT);
  #filledSamples = 0;
  /** Whether the hop holds the means of its pairs already. */
  #isHalved = false;
  #previousInput = 0;
  #previousOutput = 0;

  /** Mean square of each band of the last whole hop, in PCM16 units squared. Valid until the next hop is whole. */
  get powers(): Float64Array {
    return this.#powers;
  }

  /** Takes samples from `startSample` on until a hop is whole; answers where it stopped. `isWhole` tells whether. */
  fill(pcm: Int16Array, startSample: number): number {
    if (this.#filledSamples === 0 && startSample + HOP_SAMPLES <= pcm.length) {
      this.#takeHalved(pcm, startSample);
      return startSample + HOP_SAMPLES;
    }
    const end = Math.min(pcm.length, startSample + HOP_SAMPLES - this.#filledSamples);
    let filled = this.#filledSamples;
    for (let i = startSample; i < end; i += 1) {
      this.#hop[filled] = pcm[i] ?? 0;
      filled += 1;
    }
    this.#filledSamples = filled;
    return end;
  }

  /** Whether a hop is whole; splits it and begins the next. */
  takeHop(): boolean {
    if (this.#filledSamples < HOP_SAMPLES) return false;
    this.#filledSamples = 0;
    if (!this.#isHalved) this.#fold(HOP_SAMPLES / 2);
    this.#isHalved = false;
    for (let band = 0; band < BAND_COUNT - 1; band += 1) {
      const pairs = HOP_SAMPLES >> (band + 2);
      this.#powers[band] = this.#fold(pairs) / pairs;
    }
    this.#powers[BAND_COUNT - 1] = this.#lowest(HOP_SAMPLES >> BAND_COUNT);
    return true;
  }

  /** Drops a hop that isn't whole: the stream has jumped. */
  reset(): void {
    this.#filledSamples = 0;
    this.#isHalved = false;
  }

  /** Takes a whole hop at once, as frames of whole hops bring it: the means of its pairs, which the first fold makes. */
  #takeHalved(pcm: Int16Array, startSample: number): void {
    const hop = this.#hop;
    for (let i = 0; i < HOP_SAMPLES / 2; i += 1) {
      const at = startSample + 2 * i;
      hop[i] = ((pcm[at] ?? 0) + (pcm[at + 1] ?? 0)) / 2;
    }
    this.#filledSamples = HOP_SAMPLES;
    this.#isHalved = true;
  }

  /** Replaces the first `pairs` pairs by their means; answers the energy of their differences. */
  #fold(pairs: number): number {
    const hop = this.#hop;
    let energy = 0;
    for (let i = 0; i < pairs; i += 1) {
      const a = hop[2 * i] ?? 0;
      const b = hop[2 * i + 1] ?? 0;
      const difference = (a - b) / 2;
      energy += difference * difference;
      hop[i] = (a + b) / 2;
    }
    return energy;
  }

  #lowest(samples: number): number {
    let energy = 0;
    for (let i = 0; i < samples; i += 1) {
      const input = this.#hop[i] ?? 0;
      const output = input - this.#previousInput + HIGH_PASS_POLE * this.#previousOutput;
      this.#previousInput = input;
      this.#previousOutput = output;
      energy += output * output;
    }
    return energy / samples;
  }
}
