/** Longest wait for a missing packet. */
export const HOLD_MS_MAX = 60;

/**
 * Packets that were lost at first are handed on so long after they would have come, but for a few (`LatenessBudget`):
 * 60 ms, less what late timers and the way through the process take of it.
 */
export const LATENESS_MS_MAX = 55;

/** Longest wait for one that may be asked for, where late packets are rare. */
const LONG_HOLD_MS_MAX = 100;

/** A packet that is sent again takes a round trip and about this much more. */
const TURNAROUND_MS = 10;

/** Round trip that is assumed while none is known: for waiting a long one, for asking a short one. */
export const RTT_MS_DEFAULT = 50;
const ASKING_RTT_MS_DEFAULT = 20;

/** Tries for which a packet that may be asked for is waited for, where they fit. */
const TRY_COUNT = 3;

/** A packet is never asked for again sooner than this. */
const REQUEST_INTERVAL_MS_MIN = 10;

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
  /** Few packets have been late lately. */
  readonly mayWaitLong: boolean;
  /** How late packets out of order have lately been; 0 if there were none. */
  readonly reorderMs: number;
}

/** When to ask for a missing packet, counted from when it was noticed; the first time is at once. */
export interface RequestPlan {
  readonly intervalMs: number;
  /** What is asked for later than this can't come within the wait. */
  readonly lastMs: number;
}

/** True if a packet asked for now can still come within the longest wait. */
export function isNackWorthwhile(rttMs: number): boolean {
  return rttMs < HOLD_MS_MAX;
}

/**
 * How long a missing packet is waited for, from when it was noticed: as long as waiting can bring it, and at most
 * {@link HOLD_MS_MAX}, seldom longer.
 *
 * A packet asked for takes a round trip, and that of now may be longer than the last one told; two more are waited for
 * where they still fit, since otherwise the loss of a request or of an answer would be final. Without requests only
 * reordering can bring it: that is worth a round trip, but nothing where in-band FEC stands ready and nothing came out
 * of order lately.
 */
export function holdMs(situation: HoldSituation): number {
  const { isNackNegotiated, rttMs, isRestorable, mayWaitLong, reorderMs } = situation;
  if (isNackNegotiated && isNackWorthwhile(rttMs))
    return mayWaitLong ? longHoldMs(rttMs) : HOLD_MS_MAX;
  const roundMs = isRestorable ? 0 : rttMs + TURNAROUND_MS;
  return Math.min(HOLD_MS_MAX, Math.max(roundMs, reorderMs));
}

function longHoldMs(rttMs: number): number {
  const triesMs = TRY_COUNT * (rttMs + TURNAROUND_MS);
  return Math.min(LONG_HOLD_MS_MAX, Math.max(HOLD_MS_MAX, triesMs));
}

/**
 * How a missing packet is asked for: twice per round trip, so that the loss of one request costs half of one. Whoever
 * has just sent it again ignores requests for a round trip (libwebrtc), so that this seldom brings anything twice.
 */
export function requestPlan(rttMs: number = ASKING_RTT_MS_DEFAULT): RequestPlan {
  const intervalMs = Math.max(REQUEST_INTERVAL_MS_MIN, rttMs / 2);
  return { intervalMs, lastMs: longHoldMs(rttMs) - rttMs };
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
