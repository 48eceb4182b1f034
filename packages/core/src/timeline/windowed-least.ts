/**
 * The least of the newest values: of the window that is on and of the one before it, so of one to two windows.
 *
 * Changes numbers and makes nothing: it takes a value with every packet.
 */
export class WindowedLeast {
  readonly #windowMs: number;
  readonly #outlier: number;
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowEndsAtMs = Number.NEGATIVE_INFINITY;

  /** @param outlier - A value that is so much more than the least begins anew. */
  constructor(windowMs: number, outlier = Number.POSITIVE_INFINITY) {
    this.#windowMs = windowMs;
    this.#outlier = outlier;
  }

  /** Infinite before there is one. */
  get value(): number {
    return Math.min(this.#least, this.#leastBefore);
  }

  /** How far the two windows' least are apart: how far off the value may be. 0 before there are two. */
  get spread(): number {
    const isBoth = Number.isFinite(this.#least) && Number.isFinite(this.#leastBefore);
    return isBoth ? Math.abs(this.#least - this.#leastBefore) : 0;
  }

  add(value: number, nowMs: number): void {
    const isInWindow = nowMs < this.#windowEndsAtMs;
    const isOutlier = value - this.#least > this.#outlier;
    if (isInWindow && !isOutlier) {
      if (value < this.#least) this.#least = value;
      return;
    }
    this.#leastBefore = isOutlier ? Number.POSITIVE_INFINITY : this.#least;
    this.#least = value;
    this.#windowEndsAtMs = nowMs + this.#windowMs;
  }

  /** Forgets what was before. */
  restart(): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
    this.#windowEndsAtMs = Number.NEGATIVE_INFINITY;
  }
}
