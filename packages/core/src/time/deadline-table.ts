import type { MonotonicMs } from './clock.ts';

/** The next moment a machine wants to be woken, and why. */
export interface Deadline<Reason extends string> {
  readonly atMs: MonotonicMs;
  readonly reason: Reason;
}

/** The one of two that comes first. */
export function sooner<First extends string, Second extends string>(
  first: Deadline<First> | undefined,
  second: Deadline<Second> | undefined,
): Deadline<First | Second> | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return second.atMs < first.atMs ? second : first;
}

/** Named deadlines as data: at most one per reason, so that its size is bounded by the reasons there are. */
export class DeadlineTable<Reason extends string> {
  readonly #atMsByReason = new Map<Reason, MonotonicMs>();
  /** The earliest, unless a change since it was looked for may have made it another: it is asked for with every packet. */
  #earliest: Deadline<Reason> | undefined;
  #isEarliestKnown = true;

  /** Whether anything has been set or cleared since {@link next} was asked. */
  get hasChanged(): boolean {
    return !this.#isEarliestKnown;
  }

  /** Sets or moves the deadline of `reason`. */
  set(reason: Reason, atMs: MonotonicMs): void {
    this.#atMsByReason.set(reason, atMs);
    this.#isEarliestKnown = false;
  }

  has(reason: Reason): boolean {
    return this.#atMsByReason.has(reason);
  }

  clear(reason: Reason): void {
    if (this.#atMsByReason.delete(reason)) this.#isEarliestKnown = false;
  }

  clearAll(): void {
    this.#atMsByReason.clear();
    this.#isEarliestKnown = false;
  }

  /** The earliest deadline, the first one set among equals. */
  next(): Deadline<Reason> | undefined {
    if (!this.#isEarliestKnown) {
      this.#earliest = this.#find();
      this.#isEarliestKnown = true;
    }
    return this.#earliest;
  }

  /** Removes and returns the earliest deadline that is due at `nowMs`; `undefined` when none is left. */
  takeDue(nowMs: MonotonicMs): Reason | undefined {
    const earliest = this.next();
    if (earliest === undefined || earliest.atMs > nowMs) return undefined;
    this.clear(earliest.reason);
    return earliest.reason;
  }

  #find(): Deadline<Reason> | undefined {
    let earliest: Deadline<Reason> | undefined;
    for (const [reason, atMs] of this.#atMsByReason) {
      if (earliest === undefined || atMs < earliest.atMs) earliest = { atMs, reason };
    }
    return earliest;
  }
}
