import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** A volume for outgoing frames that changes along a line, never by a jump. At full volume frames are left untouched. */
export class GainRamp {
  #gainRatio = 1;
  #targetRatio = 1;
  #stepRatio = 0;

  get gainRatio(): number {
    return this.#gainRatio;
  }

  /** Moves to `targetRatio` over `rampMs` of outgoing audio, from wherever it is now; 0 at once. */
  moveTo(targetRatio: number, rampMs: number): void {
    this.#targetRatio = targetRatio;
    const samples = rampMs * SAMPLES_PER_MS;
    this.#stepRatio = samples === 0 ? 0 : (targetRatio - this.#gainRatio) / samples;
    if (this.#stepRatio === 0) this.#gainRatio = targetRatio;
  }

  /** Changes `pcm` in place. */
  apply(pcm: Int16Array): void {
    if (this.#gainRatio === 1 && this.#stepRatio === 0) return;
    let gain = this.#gainRatio;
    const step = this.#stepRatio;
    let at = 0;
    if (step !== 0) {
      const left = Math.round((this.#targetRatio - gain) / step);
      const rampEnd = Math.min(pcm.length, left);
      for (; at < rampEnd; at += 1) {
        gain += step;
        pcm[at] = Math.round((pcm[at] ?? 0) * gain);
      }
      if (rampEnd === left) {
        gain = this.#targetRatio;
        this.#stepRatio = 0;
      }
    }
    this.#gainRatio = gain;
    if (gain === 1) return;
    for (; at < pcm.length; at += 1) pcm[at] = Math.round((pcm[at] ?? 0) * gain);
  }
}
