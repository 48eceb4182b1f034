import type { ReceivedPacket } from './held-packets.ts';
import { HOLD_MS_MAX, LATENESS_MS_MAX } from './hold-policy.ts';

/** Of so many packets one may be handed on late: half of what is beyond p95. */
const PACKETS_PER_LATE_ONE = 40;

/** Packets that may be late at once, before others have come to pay for them: a burst of losses that is asked for. */
const CREDIT_COUNT_MAX = 8;

/** Keeps packets that are handed on late rare, so that delay stays bounded for nearly all at any loss. */
export class LatenessBudget {
  #credit = CREDIT_COUNT_MAX;

  /** Whether a packet may be late now. */
  get isLeft(): boolean {
    return this.#credit >= 1;
  }

  /** Whether it will soon be used up. */
  get isLow(): boolean {
    return this.#credit < CREDIT_COUNT_MAX * 0.75;
  }

  /** A packet was handed on: counts how long after it came or, if it was lost at first, would have come. */
  handedOn({ arrivedMs, dueMs }: ReceivedPacket, nowMs: number): void {
    const limitMs = dueMs === arrivedMs ? HOLD_MS_MAX : LATENESS_MS_MAX;
    const cost = nowMs - dueMs > limitMs ? 1 : 0;
    this.#credit = Math.min(CREDIT_COUNT_MAX, this.#credit + 1 / PACKETS_PER_LATE_ONE - cost);
  }
}
