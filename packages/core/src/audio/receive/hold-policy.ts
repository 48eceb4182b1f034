/** Longest wait for a missing packet. */
const HOLD_MS_MAX = 60;

/** A packet that is sent again takes a round trip and about this much more. */
const TURNAROUND_MS = 10;

/** Round trip that is assumed while none is known. */
export const RTT_MS_DEFAULT = 50;

/** How long one packet that came out of order is taken as a sign that others will. */
const REORDER_MEMORY_MS = 10_000;

/** Added to the lateness seen, since the next one may be a little later. */
const REORDER_MARGIN_MS = 5;

/** What the wait for a missing packet depends on. */
export interface HoldSituation {
  /** Packets may be asked for again (RFC 4585 generic NACK). */
  readonly isNackNegotiated: boolean;
  readonly rttMs: number;
  /** In-band FEC of a packet that is there restores all that is missing, if less exactly. */
  readonly isRestorable: boolean;
  /** How late packets out of order have lately been; 0 if there were none. */
  readonly reorderMs: number;
}

/** True if a packet asked for now can still come within the longest wait. */
export function isNackWorthwhile(rttMs: number): boolean {
  return rttMs < HOLD_MS_MAX;
}

/**
 * How long a missing packet is waited for, from when it was noticed: as long as waiting can bring it, and at most
 * {@link HOLD_MS_MAX}.
 *
 * A packet asked for takes a round trip; a second round trip is waited for where it still fits, since otherwise the
 * loss of one request or of one answer would be final. Without requests only reordering can bring it: that is worth a
 * round trip, but nothing where in-band FEC stands ready and nothing came out of order lately.
 */
export function holdMs(situation: HoldSituation): number {
  return Math.min(HOLD_MS_MAX, Math.max(baseMs(situation), situation.reorderMs));
}

function baseMs({ isNackNegotiated, rttMs, isRestorable }: HoldSituation): number {
  const roundMs = rttMs + TURNAROUND_MS;
  if (isNackNegotiated && isNackWorthwhile(rttMs)) return 2 * roundMs;
  return isRestorable ? 0 : roundMs;
}

/** Remembers how late packets out of order are. */
export class ReorderMemory {
  #latenessMs = 0;
  #untilMs = 0;

  /** A packet came `latenessMs` after it was noticed to be missing. Lateness that no wait can cover teaches nothing. */
  observe(latenessMs: number, nowMs: number): void {
    if (latenessMs + REORDER_MARGIN_MS > HOLD_MS_MAX) return;
    this.#latenessMs = Math.max(this.reorderMs(nowMs), latenessMs + REORDER_MARGIN_MS);
    this.#untilMs = nowMs + REORDER_MEMORY_MS;
  }

  reorderMs(nowMs: number): number {
    return nowMs < this.#untilMs ? this.#latenessMs : 0;
  }
}
