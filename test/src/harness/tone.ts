import { SAMPLE_RATE_HZ } from '@prism/core';

/** A tone of 300 Hz: loud enough to be told from silence after Opus. */
export function tone(durationMs: number): Int16Array {
  return Int16Array.from({ length: (SAMPLE_RATE_HZ * durationMs) / 1_000 }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / SAMPLE_RATE_HZ)),
  );
}
