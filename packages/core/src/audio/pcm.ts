/** PCM in core is Int16Array, mono, 24 kHz: the Realtime wire's rate, which Opus decodes and encodes directly. */

export const SAMPLE_RATE_HZ = 24_000;
export const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;

/** One media slot: 20 ms. */
export const SLOT_MS = 20;
export const SLOT_SAMPLES = SLOT_MS * SAMPLES_PER_MS;

/** RTP time runs at 48 kHz for Opus whatever the audio's rate is (RFC 7587, section 4.1). */
export const RTP_TICKS_PER_SAMPLE = 2;

/** Whole milliseconds of audio in `samples`, rounded down. */
export function samplesToMs(samples: number): number {
  return Math.floor(samples / SAMPLES_PER_MS);
}
