/** A set of measured values, in the order of size. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Undefined without values. A percentile is a value that was measured: the smallest that so many are not above. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((left, right) => left - right);
  const at = (ratio: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(ratio * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

const BAR_CHARACTERS = 40;
const BIN_COUNT_MAX = 12;

/** Values as bars, one line per bin of a round width; empty without values. */
export function histogramLines(valuesMs: readonly number[]): string[] {
  const spread = spreadOf(valuesMs);
  if (spread === undefined) return [];
  const min = Math.min(...valuesMs);
  const width = roundWidth((spread.max - min) / BIN_COUNT_MAX);
  const first = Math.floor(min / width);
  const counts = Array<number>(Math.floor(spread.max / width) - first + 1).fill(0);
  for (const value of valuesMs) {
    const bin = Math.floor(value / width) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const labelOf = (bin: number): string => `${(first + bin) * width}`;
  const labelWidth = labelOf(counts.length).length;
  return counts.map((count, bin) => {
    const bar = '█'.repeat(Math.ceil((count / most) * BAR_CHARACTERS));
    const label = `${labelOf(bin).padStart(labelWidth)}–${labelOf(bin + 1).padStart(labelWidth)}`;
    return `${label} ms  ${String(count).padStart(String(most).length)}  ${bar}`.trimEnd();
  });
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function roundWidth(width: number): number {
  if (width <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= width) ?? 10 * power;
}
