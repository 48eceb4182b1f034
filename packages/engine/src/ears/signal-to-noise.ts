/** What is known of 10 ms of an utterance. */
export interface HeardFrame {
  /** Mean square of its samples as they came, in PCM16 units. */
  readonly power: number;
  /** Probability that somebody speaks in it. */
  readonly speechProbability: number;
}

/** Frames this sure to be speech tell how loud it is. */
const SPEECH_PROBABILITY = 0.8;
/** Frames at most this likely to be speech tell how loud the noise is. */
const NOISE_PROBABILITY = 0.2;
/** With fewer frames of noise nothing is known of it. */
const MIN_NOISE_FRAMES = 10;
/** Noise fainter than this (-69 dBFS) counts as this. */
const MIN_NOISE_POWER = 12 * 12;
/** More is as good as without noise. */
const MAX_SIGNAL_TO_NOISE_DB = 40;

/**
 * Measures how far the noise of an utterance is below its speech, before noise suppression.
 *
 * @param frames - All frames of the utterance, the silence around the words included.
 * @returns 0 to 40 dB; undefined if there is too little of either.
 */
export function signalToNoiseDb(frames: readonly HeardFrame[]): number | undefined {
  const speech = frames.filter((frame) => frame.speechProbability >= SPEECH_PROBABILITY);
  const noise = frames
    .filter((frame) => frame.speechProbability <= NOISE_PROBABILITY)
    .map((frame) => frame.power)
    .sort((a, b) => a - b);
  if (speech.length === 0 || noise.length < MIN_NOISE_FRAMES) return undefined;
  const speechPower = speech.reduce((sum, frame) => sum + frame.power, 0) / speech.length;
  // The median: the ends of words are among these frames.
  const noisePower = Math.max(MIN_NOISE_POWER, noise[noise.length >> 1] ?? 0);
  const ratio = Math.max(1, speechPower / noisePower);
  return Math.min(MAX_SIGNAL_TO_NOISE_DB, 10 * Math.log10(ratio));
}
