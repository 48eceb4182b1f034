import { SAMPLES_PER_MS, SLOT_SAMPLES } from '../../audio/pcm.ts';

/** What one packet holds: samples of items, in their order. */
export interface HeardFrame {
  readonly sentAtMs: number;
  readonly stretches: readonly { readonly itemId: string; readonly samples: number }[];
}

interface KeptFrame extends HeardFrame {
  /** What of it is played, when the listener threw the rest away. */
  audibleSamples: number;
}

/** A client's ears: everything is played so much later than it was sent, and a cut may throw away what waits. */
export class ModelListener {
  readonly #delayMs: number;
  readonly #frames: KeptFrame[] = [];

  /** @param delayMs - From sending to playing, jitter buffer included. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** A packet was sent; a lost one is filled in by its decoder, and its time passes all the same. */
  sent(frame: HeardFrame): void {
    this.#frames.push({ ...frame, audibleSamples: SLOT_SAMPLES });
  }

  /** Time of sending of what is played at `nowMs`. */
  positionMs(nowMs: number): number {
    return nowMs - this.#delayMs;
  }

  /** Falls silent at `nowMs`: of what was sent until `cutAtMs`, nothing more is heard. */
  silence(nowMs: number, cutAtMs: number): void {
    const endMs = this.positionMs(nowMs);
    for (const frame of this.#frames) {
      if (frame.sentAtMs > cutAtMs) continue;
      const samples = Math.max(0, Math.round((endMs - frame.sentAtMs) * SAMPLES_PER_MS));
      frame.audibleSamples = Math.min(frame.audibleSamples, samples);
    }
  }

  /** How much of each item is heard, when everything has been played. */
  heardSamples(): ReadonlyMap<string, number> {
    const heard = new Map<string, number>();
    for (const { stretches, audibleSamples } of this.#frames) {
      let left = audibleSamples;
      for (const { itemId, samples } of stretches) {
        const audible = Math.min(left, samples);
        left -= audible;
        heard.set(itemId, (heard.get(itemId) ?? 0) + audible);
      }
    }
    return heard;
  }
}
