import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/**
 * What becomes of a frame that came in, and of what waits before it.
 * - `pass`: all of it goes as it is.
 * - `wait`: it waits, since it isn't known yet what it is.
 * - `lag`: it waits behind the newest {@link LAG_MS}; older audio goes as it is. The beginning of a sound that is
 *   noticed late is still here then.
 * - `silence`: what waits is nothing that anybody should hear, and is silenced. The frame itself goes as it is.
 */
export type HoldDecision = 'pass' | 'wait' | 'lag' | 'silence';

/** What has gone before the detector hears that somebody speaks. */
const LAG_MS = 120;

/** What waits at most. Older audio goes as it is: it is late, not lost. */
export const INPUT_HOLD_MS_MAX = 2_500;

/** Audio that waits until it is known whether the upstream should hear it. Its length is never changed. */
export class InputHold {
  readonly #pass: (pcm: Int16Array) => void;
  readonly #silenceFrame: (pcm: Int16Array) => void;
  #frames: Int16Array[] = [];
  #waitingSamples = 0;
  #silencedSamples = 0;
  #overflowSamples = 0;

  /** `pass` is handed what goes on, in order; `silence` empties a frame in place. */
  constructor(pass: (pcm: Int16Array) => void, silence: (pcm: Int16Array) => void) {
    this.#pass = pass;
    this.#silenceFrame = silence;
  }

  get waitingSamples(): number {
    return this.#waitingSamples;
  }

  /** What waited and went as silence. */
  get silencedSamples(): number {
    return this.#silencedSamples;
  }

  /** What went undecided because it had waited for {@link INPUT_HOLD_MS_MAX}. */
  get overflowSamples(): number {
    return this.#overflowSamples;
  }

  /** Takes the next frame, which is the caller's again afterwards. */
  take(pcm: Int16Array, decision: HoldDecision): void {
    if (decision === 'silence') this.#silence();
    if (decision === 'pass' || decision === 'silence') {
      this.release();
      this.#pass(pcm);
      return;
    }
    this.#frames.push(pcm.slice());
    this.#waitingSamples += pcm.length;
    if (decision === 'lag') this.#releaseBeyond(LAG_MS);
    else this.#overflowSamples += this.#releaseBeyond(INPUT_HOLD_MS_MAX);
  }

  /** All that waits goes as it is. */
  release(): void {
    this.#releaseBeyond(0);
  }

  #silence(): void {
    for (const frame of this.#frames) this.#silenceFrame(frame);
    this.#silencedSamples += this.#waitingSamples;
  }

  /** Lets go of what is older than the newest `keptMs`, in whole frames; answers how much that was. */
  #releaseBeyond(keptMs: number): number {
    let released = 0;
    for (let frame = this.#frames[0]; frame !== undefined; frame = this.#frames[0]) {
      if (this.#waitingSamples - frame.length < keptMs * SAMPLES_PER_MS && keptMs > 0) break;
      this.#frames.shift();
      this.#waitingSamples -= frame.length;
      released += frame.length;
      this.#pass(frame);
    }
    return released;
  }
}
