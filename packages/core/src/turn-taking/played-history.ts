import { HOP_SAMPLES, powerOf } from './hop.ts';
import { BAND_COUNT, HopBands } from './hop-bands.ts';

/** About 0.64 s, a power of two: more than the longest delay looked at. */
const RING_HOPS = 64;
/** A frame this close to where the last one ended continues it, whatever the tick's jitter. */
const JITTER_SAMPLES_MAX = 4 * HOP_SAMPLES;
const LOUD_POWER = powerOf(-60);

/** Below this level (-72 dBFS a band) nothing is told apart. */
const POWER_MIN = powerOf(-72);
export const LOG_POWER_MIN = Math.log2(POWER_MIN);

/** Loudness as it is compared: log2 of a band's power, bounded below. */
export function logPower(power: number): number {
  return Math.log2(POWER_MIN + power);
}

/** Band powers of what was played, by time; silence where nothing was. */
export class PlayedHistory {
  readonly #bands = new HopBands();
  readonly #powers = new Float64Array(RING_HOPS * BAND_COUNT);
  readonly #logPowers = new Float64Array(RING_HOPS * BAND_COUNT).fill(LOG_POWER_MIN);
  /** Power of each hop, all bands together. */
  readonly #totals = new Float64Array(RING_HOPS);
  /** The hop that is being filled. */
  #hop = 0;
  #nextSample = 0;
  #lastLoudHop = Number.NEGATIVE_INFINITY;

  /** The last hop that was louder than -60 dBFS. */
  get lastLoudHop(): number {
    return this.#lastLoudHop;
  }

  /** {@link logPower} of each band; a hop's begin at its {@link offsetOf}. */
  get logPowers(): Float64Array {
    return this.#logPowers;
  }

  /** Where the bands of a hop of time begin; -1 when nothing was played then, or it is forgotten. */
  offsetOf(hop: number): number {
    return this.#isKnown(hop) ? (hop & (RING_HOPS - 1)) * BAND_COUNT : -1;
  }

  /** Takes a frame that leaves at `atSample`. */
  add(pcm: Int16Array, atSample: number): void {
    if (Math.abs(atSample - this.#nextSample) > JITTER_SAMPLES_MAX) this.#jump(atSample);
    this.#nextSample += pcm.length;
    for (let at = 0; at < pcm.length; ) {
      at = this.#bands.fill(pcm, at);
      if (this.#bands.takeHop()) this.#store();
    }
  }

  /** Power of the loudest of the `count` hops up to `hop`. */
  loudestBefore(hop: number, count: number): number {
    let loudest = 0;
    for (let at = hop - count + 1; at <= hop; at += 1) {
      if (this.#isKnown(at)) loudest = Math.max(loudest, this.#totals[at & (RING_HOPS - 1)] ?? 0);
    }
    return loudest;
  }

  /** Writes the band powers of a hop of time into `target`; zeros when nothing was played, or it is forgotten. */
  copyBands(hop: number, target: Float64Array): void {
    target.fill(0);
    this.raiseToBands(hop, target);
  }

  /** Raises `target` to the band powers of a hop of time where they are higher. */
  raiseToBands(hop: number, target: Float64Array): void {
    const at = this.offsetOf(hop);
    if (at < 0) return;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      target[band] = Math.max(target[band] ?? 0, this.#powers[at + band] ?? 0);
    }
  }

  #isKnown(hop: number): boolean {
    return hop < this.#hop && hop >= this.#hop - RING_HOPS && hop >= 0;
  }

  #store(): void {
    const slot = this.#hop & (RING_HOPS - 1);
    let total = 0;
    for (let band = 0; band < BAND_COUNT; band += 1) {
      const power = this.#bands.powers[band] ?? 0;
      this.#powers[slot * BAND_COUNT + band] = power;
      this.#logPowers[slot * BAND_COUNT + band] = logPower(power);
      total += power;
    }
    this.#totals[slot] = total;
    if (total > LOUD_POWER) this.#lastLoudHop = this.#hop;
    this.#hop += 1;
  }

  /** Playout paused: what lies between is silence. Time that would go back stays. */
  #jump(atSample: number): void {
    this.#bands.reset();
    const hop = Math.max(this.#hop, Math.round(atSample / HOP_SAMPLES));
    for (let gap = Math.max(this.#hop, hop - RING_HOPS); gap < hop; gap += 1) {
      const slot = gap & (RING_HOPS - 1);
      this.#totals[slot] = 0;
      this.#powers.fill(0, slot * BAND_COUNT, (slot + 1) * BAND_COUNT);
      this.#logPowers.fill(LOG_POWER_MIN, slot * BAND_COUNT, (slot + 1) * BAND_COUNT);
    }
    this.#hop = hop;
    this.#nextSample = hop * HOP_SAMPLES;
  }
}
