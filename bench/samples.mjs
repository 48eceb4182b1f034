// What benchmarks say of their samples.

/** The value below which `share` (0 … 1) of the samples lie; undefined of none. Samples in any order. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Half of the samples lie below. */
export function median(samples) {
  return percentile(samples, 0.5);
}

/** `{ count, p50, p95, p99, max }`, in the samples' unit. */
export function summaryOf(samples) {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => percentile(samples, share));
  return { count: samples.length, p50, p95, p99, max };
}
