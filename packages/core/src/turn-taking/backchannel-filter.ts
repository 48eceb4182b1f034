import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { HoldDecision } from './input-hold.ts';

/** Sounds with less than this between them count together: "no, stop". */
const PAUSE_MS = 300;

/** What came in during one frame. */
export interface HeardFrame {
  readonly samples: number;
  /** Something in it stands out of the noise. */
  readonly isLoud: boolean;
  /** An answer plays that speech would interrupt. */
  readonly isOverAnswer: boolean;
}

/**
 * Keeps short sounds over an answer ("mhm", a cough) from the upstream, which would take them for an interruption: what
 * comes in waits until it has sounded for as long as is tolerated, and goes as silence if it stops before that.
 *
 * The upstream decides about everything longer as ever, only later by that time.
 */
export class BackchannelFilter {
  readonly #toleranceSamples: number;
  #state: 'quiet' | 'undecided' | 'speech' = 'quiet';
  #loudSamples = 0;
  #quietSamples = 0;
  #count = 0;

  /** @param toleranceMs - Sounds shorter than this interrupt nothing; 0 lets everything through. */
  constructor(toleranceMs: number) {
    this.#toleranceSamples = toleranceMs * SAMPLES_PER_MS;
  }

  /** Sounds that were kept from the upstream. */
  get count(): number {
    return this.#count;
  }

  decide({ samples, isLoud, isOverAnswer }: HeardFrame): HoldDecision {
    if (this.#toleranceSamples === 0) return 'pass';
    if (!isOverAnswer) {
      this.#state = 'quiet';
      return 'pass';
    }
    if (isLoud) return this.#sound(samples);
    if (this.#state === 'quiet') return 'lag';
    this.#quietSamples += samples;
    if (this.#quietSamples < PAUSE_MS * SAMPLES_PER_MS)
      return this.#state === 'speech' ? 'pass' : 'wait';
    if (this.#state === 'undecided') this.#count += 1;
    const decision = this.#state === 'undecided' ? 'silence' : 'pass';
    this.#state = 'quiet';
    return decision;
  }

  #sound(samples: number): HoldDecision {
    if (this.#state === 'quiet') {
      this.#state = 'undecided';
      this.#loudSamples = 0;
    }
    this.#quietSamples = 0;
    this.#loudSamples += samples;
    if (this.#loudSamples >= this.#toleranceSamples) this.#state = 'speech';
    return this.#state === 'speech' ? 'pass' : 'wait';
  }
}
