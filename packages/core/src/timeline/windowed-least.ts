/**
 * The least of the newest values: of the window that is on and of the one before it, so of one to two windows.
 *
 * Changes numbers and makes nothing: it takes a value with every packet.
 */
export class WindowedLeast {
  readonly #windowMs: number;
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowEndsAtMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
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
    if (nowMs >= this.#windowEndsAtMs) {
      this.#leastBefore = this.#least;
      this.#least = value;
      this.#windowEndsAtMs = nowMs + this.#windowMs;
    } else if (value < this.#least) this.#least = value;
  }

  /** Forgets what was before. */
  restart(): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
    this.#windowEndsAtMs = Number.NEGATIVE_INFINITY;
  }
}
