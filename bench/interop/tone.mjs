// What clients send, and how they know that they hear it.

/** Packets louder than this carry the tone. */
export const LOUD_RMS = 1_000;

/** After so long a client tells what there is. */
export const PATIENCE_MS = 10_000;

/** 300 Hz in PCM16 at 24 kHz. */
export function tone(samples) {
  return Int16Array.from({ length: samples }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / 24_000)),
  );
}

export function rms(pcm) {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}
