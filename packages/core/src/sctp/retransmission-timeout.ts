/** Weight of a new measurement in the smoothed round trip, and in its variation (RFC 9260, section 16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
/** Timeouts in a row before the next one is doubled: on a lossy link the second and third sending get lost as well. */
const PATIENCE_COUNT = 2;
/** Timeouts in a row that are counted; the bound in milliseconds is reached long before. */
const BACK_OFF_COUNT_MAX = 16;

/** What a round trip may be longer than the shortest one before it counts as late. */
const LATE_RATIO = 1.5;
const LATE_MS = 20;

/** What of a round trip that was seen elsewhere the first timeout is: the peer has work to do, too. */
const ASSUMED_RATIO = 1.5;

/** Bounds of the timeout. */
export interface TimeoutOptions {
  /** Before anything is measured. */
  readonly firstRtoMs: number;
  readonly rtoMsMin: number;
  readonly rtoMsMax: number;
  /** Doubling stops here, so that a connection that comes back is not kept waiting. */
  readonly backOffMsMax: number;
}

/** How long an answer is waited for (RFC 9260, section 6.3). */
export class RetransmissionTimeout {
  readonly #options: TimeoutOptions;
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #backOffCount = 0;
  /** What the layer below has seen of the round trip. */
  #assumedRttMs = 0;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /** Smoothed round trip; undefined before the first measurement. */
  get rttMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** The shortest round trip so far; infinite before the first. */
  get leastRttMs(): number {
    return this.#leastMs;
  }

  /** Whether the round trip is so much longer than the shortest one that something must be queueing. */
  get isLate(): boolean {
    return (
      this.#smoothedMs === undefined || this.#smoothedMs > LATE_RATIO * this.#leastMs + LATE_MS
    );
  }

  get timeoutMs(): number {
    const { firstRtoMs, rtoMsMin, rtoMsMax, backOffMsMax } = this.#options;
    const firstMs = Math.max(firstRtoMs, ASSUMED_RATIO * this.#assumedRttMs);
    const measuredMs =
      this.#smoothedMs === undefined ? firstMs : this.#smoothedMs + 4 * this.#variationMs;
    const baseMs = Math.min(rtoMsMax, Math.max(rtoMsMin, measuredMs));
    const doublingCount = Math.max(0, this.#backOffCount - PATIENCE_COUNT);
    return Math.min(baseMs * 2 ** doublingCount, Math.max(baseMs, backOffMsMax));
  }

  /** A round trip that wasn't measured here: it counts until one is, and only if it is long. */
  assume(rttMs: number): void {
    this.#assumedRttMs = rttMs;
  }

  /** Takes one round trip of something that was sent once (Karn's rule), and forgets the timeouts. */
  measured(rttMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = rttMs;
      this.#variationMs = rttMs / 2;
    } else {
      const deviationMs = Math.abs(this.#smoothedMs - rttMs);
      this.#variationMs += BETA * (deviationMs - this.#variationMs);
      this.#smoothedMs += ALPHA * (rttMs - this.#smoothedMs);
    }
    this.#leastMs = Math.min(this.#leastMs, rttMs);
    this.#backOffCount = 0;
  }

  /** Counts a timeout: from the third in a row on it is doubled, until something is measured again. */
  backOff(): void {
    this.#backOffCount = Math.min(BACK_OFF_COUNT_MAX, this.#backOffCount + 1);
  }
}
