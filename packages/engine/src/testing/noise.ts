/** Noise for tests: the same seed gives the same samples. */

/** What noise, how loud. */
export interface NoiseOptions {
  readonly seed: number;
  /** Root mean square of the noise in PCM16 units. */
  readonly rmsAmplitude: number;
}

/** A small deterministic generator (mulberry32), uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function scaled(shape: Float64Array, rmsAmplitude: number): Int16Array {
  let energy = 0;
  for (const value of shape) energy += value * value;
  const gain = energy === 0 ? 0 : rmsAmplitude / Math.sqrt(energy / shape.length);
  return Int16Array.from(shape, (value) =>
    Math.max(-32768, Math.min(32767, Math.round(value * gain))),
  );
}

/** White noise, uniform amplitudes. */
export function whiteNoise(sampleCount: number, options: NoiseOptions): Int16Array {
  const random = seededRandom(options.seed);
  return scaled(
    Float64Array.from({ length: sampleCount }, () => random() - 0.5),
    options.rmsAmplitude,
  );
}

/** Pink noise (about 3 dB less per octave) by the sum of first-order filters at spread corner frequencies. */
export function pinkNoise(sampleCount: number, options: NoiseOptions): Int16Array {
  const random = seededRandom(options.seed);
  const poles = [0.99765, 0.963, 0.57] as const;
  const gains = [0.099046, 0.2965164, 1.0526913] as const;
  const states = [0, 0, 0];
  const shape = new Float64Array(sampleCount);
  for (let i = 0; i < sampleCount; i++) {
    const white = random() * 2 - 1;
    let sum = white * 0.1848;
    for (const [k, pole] of poles.entries()) {
      const state = pole * (states[k] ?? 0) + white * (gains[k] ?? 0);
      states[k] = state;
      sum += state;
    }
    shape[i] = sum;
  }
  return scaled(shape, options.rmsAmplitude);
}

/** Root mean square of the samples that belong to 20 ms blocks louder than a hundredth of the loudest block. */
export function speechRms(pcm: Int16Array, rateHz: number): number {
  const blockSamples = Math.round(rateHz / 50);
  const energies: number[] = [];
  for (let start = 0; start + blockSamples <= pcm.length; start += blockSamples) {
    let energy = 0;
    for (let i = start; i < start + blockSamples; i++) energy += (pcm[i] ?? 0) ** 2;
    energies.push(energy / blockSamples);
  }
  const loudest = Math.max(0, ...energies);
  const spoken = energies.filter((energy) => energy > loudest / 100);
  return spoken.length === 0
    ? 0
    : Math.sqrt(spoken.reduce((sum, energy) => sum + energy, 0) / spoken.length);
}

/** What to add to speech. */
export interface NoisySpeechOptions {
  readonly rateHz: number;
  readonly color: 'white' | 'pink';
  /** Ratio of the speech's power (where somebody speaks) to the noise's, in dB. */
  readonly snrDb: number;
  readonly seed: number;
}

/** Adds noise to speech; the length stays the same, loud sums saturate. */
export function addNoise(speech: Int16Array, options: NoisySpeechOptions): Int16Array {
  const rmsAmplitude = speechRms(speech, options.rateHz) / 10 ** (options.snrDb / 20);
  const make = options.color === 'white' ? whiteNoise : pinkNoise;
  const noise = make(speech.length, { seed: options.seed, rmsAmplitude });
  return speech.map((sample, i) => Math.max(-32768, Math.min(32767, sample + (noise[i] ?? 0))));
}

/** Puts recordings of one rate in a row, with silence before, between and after. */
export function withPauses(
  recordings: readonly Int16Array[],
  options: { readonly rateHz: number; readonly pauseMs: number },
): Int16Array {
  const pauseSamples = Math.round((options.rateHz * options.pauseMs) / 1000);
  const speechSamples = recordings.reduce((sum, pcm) => sum + pcm.length, 0);
  const out = new Int16Array(speechSamples + pauseSamples * (recordings.length + 1));
  let position = pauseSamples;
  for (const pcm of recordings) {
    out.set(pcm, position);
    position += pcm.length + pauseSamples;
  }
  return out;
}
