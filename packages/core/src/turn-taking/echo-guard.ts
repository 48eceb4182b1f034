import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { EchoMonitor, type EchoMonitorOptions } from './echo-monitor.ts';
import type { HoldDecision } from './input-hold.ts';

/**
 * What is done about echo.
 * - `off`: nothing is looked at.
 * - `report`: it is found and told, and makes no onset; the upstream hears everything.
 * - `suppress`: frames that are known to be nothing but echo are silenced for the upstream too.
 * - `half_duplex`: while the answer plays, and a little longer, the upstream hears silence. For devices without echo
 *   cancellation; nobody can interrupt by voice.
 */
export type EchoMode = 'off' | 'report' | 'suppress' | 'half_duplex';

/** Half duplex: the loudspeaker and the room are still to be heard after the last frame left. */
const HALF_DUPLEX_TAIL_SAMPLES = 400 * SAMPLES_PER_MS;

/** What to do with a frame that came in. */
export interface EchoVerdict {
  /** The upstream gets silence instead. */
  readonly isSilenced: boolean;
  /** It is nothing that the speech detector should hear. */
  readonly isMasked: boolean;
  /** What becomes of it, and of what waits because nobody knew yet whether it is echo. */
  readonly hold: HoldDecision;
}

const OPEN: EchoVerdict = { isSilenced: false, isMasked: false, hold: 'pass' };
const MASKED: EchoVerdict = { isSilenced: false, isMasked: true, hold: 'pass' };
const SILENCED: EchoVerdict = { isSilenced: true, isMasked: true, hold: 'silence' };
/** Nothing but echo came before; the frame itself goes as it is. One each, since every frame has a verdict. */
const OPEN_AFTER_ECHO: EchoVerdict = { ...OPEN, hold: 'silence' };
const MASKED_AFTER_ECHO: EchoVerdict = { ...MASKED, hold: 'silence' };
const OPEN_IN_DOUBT: EchoVerdict = { ...OPEN, hold: 'wait' };
const MASKED_IN_DOUBT: EchoVerdict = { ...MASKED, hold: 'wait' };

/** Applies an {@link EchoMode} to what comes in. */
export class EchoGuard {
  readonly monitor: EchoMonitor;
  readonly #mode: EchoMode;
  /** Something waits, because it might be echo. */
  #isInDoubt = false;
  #playedUntilSample = Number.NEGATIVE_INFINITY;

  constructor(mode: EchoMode, options: Partial<EchoMonitorOptions> = {}) {
    this.#mode = mode;
    this.monitor = new EchoMonitor(options);
  }

  /** A frame of an answer leaves at `atSample` of the server's time (milliseconds × 24), as loud as it is sent. */
  play(pcm: Int16Array, atSample: number): void {
    if (this.#mode === 'off') return;
    this.#playedUntilSample = atSample + pcm.length;
    this.monitor.play(pcm, atSample);
  }

  /** A frame came in at `atSample` of the server's time. */
  capture(pcm: Int16Array, atSample: number): EchoVerdict {
    if (this.#mode === 'off') return OPEN;
    const isEcho = this.monitor.capture(pcm, atSample);
    if (this.#mode === 'half_duplex') {
      return atSample < this.#playedUntilSample + HALF_DUPLEX_TAIL_SAMPLES ? SILENCED : OPEN;
    }
    if (this.#mode === 'suppress') return this.#suppress(isEcho);
    return isEcho ? MASKED : OPEN;
  }

  /**
   * Only what is known to be echo is silenced. What might be waits until that is known, and goes as it is if it is
   * somebody who speaks.
   */
  #suppress(isMasked: boolean): EchoVerdict {
    const { verdict, isLikely } = this.monitor;
    if (verdict === 'echo') {
      this.#isInDoubt = false;
      return isMasked ? SILENCED : OPEN_AFTER_ECHO;
    }
    if (verdict === 'doubtful') {
      this.#isInDoubt ||= isMasked;
      if (this.#isInDoubt) return isMasked ? MASKED_IN_DOUBT : OPEN_IN_DOUBT;
      return isMasked ? MASKED : OPEN;
    }
    const wasEcho = this.#isInDoubt && verdict === 'none' && isLikely;
    this.#isInDoubt = false;
    if (wasEcho) return isMasked ? MASKED_AFTER_ECHO : OPEN_AFTER_ECHO;
    return isMasked ? MASKED : OPEN;
  }
}
