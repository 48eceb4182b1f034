import type { MonotonicMs } from '../../time/clock.ts';
import type { Protection } from '../reports/media-stats.ts';

/** Reported loss from which on the audio is protected. */
const PROTECT_FROM_FRACTION = 0.03;

/** Reported loss from which on two copies travel along instead of one: two in a row are then lost often. */
const TWO_COPIES_FROM_FRACTION = 0.12;

/** Reported loss that keeps the protection on. */
const KEEP_FROM_FRACTION = 0.01;

/** How long less than that must be reported before the protection ends. */
const QUIET_MS = 15_000;

/** What the encoder is told to expect: libopus turns to FEC from a few percent on, and needs no more than this. */
const EXPECTED_LOSS_PERCENT_MIN = 5;
const EXPECTED_LOSS_PERCENT_MAX = 30;

/**
 * What is sent besides the audio itself, by the loss that the listener reports.
 *
 * Nothing while little is lost. Then copies of the packets before (RED) where that was negotiated, which cost bytes
 * alone; otherwise Opus' in-band FEC, which costs the encoder about five times the CPU. It begins with one report of
 * 3 % and ends after 15 s of reports below 1 %, so that it doesn't flap.
 */
export class LossProtection {
  readonly #canSendRed: boolean;
  #fractionLost = 0;
  #isOn = false;
  #changes = 0;
  #lastLossAtMs = 0;

  constructor(options: { readonly canSendRed: boolean }) {
    this.#canSendRed = options.canSendRed;
  }

  get protection(): Protection {
    if (!this.#isOn) return 'none';
    return this.#canSendRed ? 'red' : 'fec';
  }

  /** How often it was turned on or off. */
  get changes(): number {
    return this.#changes;
  }

  /** Packets before that each packet has copies of. */
  get copyCount(): number {
    if (this.protection !== 'red') return 0;
    return this.#fractionLost >= TWO_COPIES_FROM_FRACTION ? 2 : 1;
  }

  /** What the encoder is to expect, in percent; 0 means no FEC. */
  get expectedLossPercent(): number {
    if (this.protection !== 'fec') return 0;
    const percent = Math.ceil(this.#fractionLost * 100);
    return Math.max(EXPECTED_LOSS_PERCENT_MIN, Math.min(EXPECTED_LOSS_PERCENT_MAX, percent));
  }

  /** The listener reports that this share of the packets since its last report was lost, 0 … 1. */
  reported(fractionLost: number, nowMs: MonotonicMs): void {
    if (fractionLost >= KEEP_FROM_FRACTION) this.#lastLossAtMs = nowMs;
    const wasOn = this.#isOn;
    if (fractionLost >= PROTECT_FROM_FRACTION) this.#isOn = true;
    else if (nowMs - this.#lastLossAtMs >= QUIET_MS) this.#isOn = false;
    // While it is on, a good report in between doesn't thin the copies out.
    this.#fractionLost = this.#isOn ? Math.max(fractionLost, this.#fractionLost / 2) : 0;
    if (wasOn !== this.#isOn) this.#changes += 1;
  }
}
