/** How much one controller may send. */
export interface EventRateLimits {
  readonly eventsPerS: number;
  readonly bytesPerS: number;
}

/**
 * - `pass`: it is within the rate.
 * - `drop`: it is too much, and the controller has just been told so.
 * - `tell`: it is too much, and the controller is to be told.
 * - `end`: it has been too much for so long that the controller is to go.
 */
export type EventVerdict = 'pass' | 'drop' | 'tell' | 'end';

/** What may come at once after a pause, as time at the full rate. */
const BURST_S = 10;

/** A controller that has sent too much is told so this often. */
const TELL_INTERVAL_MS = 1_000;

/** After so long in which something was dropped in every {@link CALM_MS}, the controller goes. */
const PATIENCE_MS = 10_000;

/** Without a drop for so long, what was before is forgotten. */
const CALM_MS = 2_000;

/** The rate of one controller's events and their bytes: two token buckets, filled by time alone. */
export class EventRate {
  readonly #limits: EventRateLimits;
  #events: number;
  #bytes: number;
  #filledAtMs: number;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #droppedAtMs = Number.NEGATIVE_INFINITY;
  #troubleSinceMs = 0;

  constructor(limits: EventRateLimits, nowMs: number) {
    this.#limits = limits;
    this.#events = limits.eventsPerS * BURST_S;
    this.#bytes = limits.bytesPerS * BURST_S;
    this.#filledAtMs = nowMs;
  }

  /** Judges one event of so many bytes. An event that is larger than a burst passes when everything is there. */
  take(sizeBytes: number, nowMs: number): EventVerdict {
    this.#fill(nowMs);
    const { bytesPerS } = this.#limits;
    const neededBytes = Math.min(sizeBytes, bytesPerS * BURST_S);
    if (this.#events >= 1 && this.#bytes >= neededBytes) {
      this.#events -= 1;
      this.#bytes -= neededBytes;
      return 'pass';
    }
    if (nowMs - this.#droppedAtMs > CALM_MS) this.#troubleSinceMs = nowMs;
    this.#droppedAtMs = nowMs;
    if (nowMs - this.#troubleSinceMs >= PATIENCE_MS) return 'end';
    if (nowMs - this.#toldAtMs < TELL_INTERVAL_MS) return 'drop';
    this.#toldAtMs = nowMs;
    return 'tell';
  }

  #fill(nowMs: number): void {
    const elapsedS = Math.max(0, nowMs - this.#filledAtMs) / 1000;
    const { eventsPerS, bytesPerS } = this.#limits;
    this.#events = Math.min(this.#events + elapsedS * eventsPerS, eventsPerS * BURST_S);
    this.#bytes = Math.min(this.#bytes + elapsedS * bytesPerS, bytesPerS * BURST_S);
    this.#filledAtMs = nowMs;
  }
}
