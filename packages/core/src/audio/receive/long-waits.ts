import { HOLD_MS_MAX } from './hold-policy.ts';

/** Of so many packets one may wait longer than the usual longest wait: well under the twentieth beyond p95. */
const PACKETS_PER_LONG_WAIT = 40;

/** Long waits that a call may have at once, before packets have come to pay for them. */
const CREDIT_COUNT_MAX = 5;

/** Keeps waits beyond {@link HOLD_MS_MAX} rare, so that delay stays bounded for nearly all packets at any loss. */
export class LongWaits {
  #credit = CREDIT_COUNT_MAX;

  /** Whether a packet may wait longer than usual now. */
  get isAffordable(): boolean {
    return this.#credit >= 1;
  }

  /** A packet went on after so long. */
  waited(heldMs: number): void {
    const cost = heldMs > HOLD_MS_MAX ? 1 : 0;
    this.#credit = Math.min(CREDIT_COUNT_MAX, this.#credit + 1 / PACKETS_PER_LONG_WAIT - cost);
  }
}
