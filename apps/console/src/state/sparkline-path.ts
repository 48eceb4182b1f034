/** One value of a line; `undefined` is a gap. */
export interface SparkPoint {
  readonly atMs: number;
  readonly value: number | undefined;
}

/** The picture that a line is drawn into, in user units of the SVG. */
export interface SparkFrame {
  readonly width: number;
  readonly height: number;
  /** The moment at the right edge, and how much time the width shows. */
  readonly endMs: number;
  readonly spanMs: number;
  /** What the upper edge stands for. */
  readonly top: number;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A line as the `d` of an SVG path; gaps stay gaps, and what is above the frame runs along its edge. */
export function sparklinePath(points: readonly SparkPoint[], frame: SparkFrame): string {
  const { width, height, endMs, spanMs, top } = frame;
  let path = '';
  let isDown = false;
  for (const { atMs, value } of points) {
    if (value === undefined) {
      isDown = false;
      continue;
    }
    const x = rounded(width - ((endMs - atMs) / spanMs) * width);
    const share = top <= 0 ? 0 : Math.min(1, Math.max(0, value / top));
    const y = rounded(height - share * height);
    // A line of no length is drawn as a point.
    path += isDown ? `L${x} ${y}` : `M${x} ${y}h0`;
    isDown = true;
  }
  return path;
}

/** A round figure at or above all values, and no less than `least`. */
export function topOf(values: readonly (number | undefined)[], least: number): number {
  const highest = Math.max(least, ...values.map((value) => value ?? 0));
  if (highest <= least) return least;
  const step = 10 ** Math.floor(Math.log10(highest));
  // A value that is round but for what binary fractions make of it is not rounded up.
  return Math.ceil(highest / step - 1e-9) * step;
}
