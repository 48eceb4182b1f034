import { powerOf } from './hop.ts';

/** Louder noise than this is left out: it would be heard as something. */
const POWER_MAX = powerOf(-45);
/** Variance of numbers that are spread evenly over -1 to 1. */
const UNIFORM_VARIANCE = 1 / 3;

/**
 * Noise as loud as that of the room, in place of what is kept from the upstream. Digital silence would make its noise
 * suppression forget the room, and take the room's noise for speech when it comes back.
 */
export class ComfortNoise {
  #state = 1;

  /** Replaces `pcm` by noise of this mean square, in PCM16 units squared. */
  fill(pcm: Int16Array, power: number): void {
    const amplitude = Math.sqrt(Math.min(power, POWER_MAX) / UNIFORM_VARIANCE);
    let state = this.#state;
    for (let i = 0; i < pcm.length; i += 1) {
      // Numerical Recipes' generator: chance enough for noise.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      pcm[i] = Math.round((state / 2_147_483_648) * amplitude);
    }
    this.#state = state;
  }
}
