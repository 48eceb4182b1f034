import { RTP_TICKS_PER_SAMPLE, SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { AudioSource } from './playout-queue.ts';

/** RTP ticks per millisecond of audio (RFC 7587, section 4.1). */
export const RTP_TICKS_PER_MS = RTP_TICKS_PER_SAMPLE * SAMPLES_PER_MS;

/** A stretch of one item that went out in one packet. A packet with the end of one item and the next one has two. */
export interface SentStretch {
  readonly source: AudioSource;
  /** Where it begins in the item as it was generated: silence that was trimmed before it counts. */
  readonly offsetSamples: number;
  readonly samples: number;
  /** RTP time of its first sample, 32 bits. */
  readonly rtpTimestamp: number;
  readonly sentAtMs: MonotonicMs;
}

/** How much of an item lies before a position, in samples of the item as it was generated. */
export interface ItemProgress {
  readonly source: AudioSource;
  readonly samples: number;
}

/**
 * Audio older than this has been heard, whatever the network does: it is forgotten. More stretches than `COUNT_MAX`
 * can't be sent in that time.
 */
export const SENT_TIMELINE_MS_MAX = 30_000;
const COUNT_MAX = (2 * SENT_TIMELINE_MS_MAX) / 20;

interface PlacedStretch extends SentStretch {
  /** RTP time without the wrap at 2³²; the first stretch is near zero. */
  readonly ticks: number;
}

/** What was sent of which item at which RTP time, over the newest {@link SENT_TIMELINE_MS_MAX}. */
export class SentTimeline {
  #stretches: PlacedStretch[] = [];
  #forgottenCount = 0;

  /** Stretches that were forgotten by age or count. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  get last(): PlacedStretch | undefined {
    return this.#stretches.at(-1);
  }

  /** Position behind the last sample sent, in {@link ticksOf}'s ticks; 0 before the first. */
  get endTicks(): number {
    const last = this.last;
    return last === undefined ? 0 : last.ticks + last.samples * RTP_TICKS_PER_SAMPLE;
  }

  /** Takes what was sent, in the order of sending. */
  push(stretch: SentStretch): void {
    this.#stretches.push({ ...stretch, ticks: this.ticksOf(stretch.rtpTimestamp) });
    this.#forget(stretch.sentAtMs);
  }

  /** An RTP timestamp as ticks that don't wrap: the one nearest to what was sent last. */
  ticksOf(rtpTimestamp: number): number {
    const last = this.last;
    return last === undefined ? 0 : last.ticks + ((rtpTimestamp - last.rtpTimestamp) | 0);
  }

  /** How much of each remembered item lies before `ticks`, oldest first; 0 samples where none does. */
  progressAt(ticks: number): readonly ItemProgress[] {
    const byKey = new Map<string, ItemProgress>();
    for (const stretch of this.#stretches) {
      const key = `${stretch.source.itemId}/${stretch.source.contentIndex}`;
      const passedSamples = Math.floor((ticks - stretch.ticks) / RTP_TICKS_PER_SAMPLE);
      const samples =
        passedSamples <= 0 ? 0 : stretch.offsetSamples + Math.min(passedSamples, stretch.samples);
      const known = byKey.get(key)?.samples ?? 0;
      byKey.set(key, { source: stretch.source, samples: Math.max(known, samples) });
    }
    return [...byKey.values()];
  }

  #forget(nowMs: MonotonicMs): void {
    const isOld = (stretch: PlacedStretch | undefined): boolean =>
      stretch !== undefined && nowMs - stretch.sentAtMs > SENT_TIMELINE_MS_MAX;
    // In batches, so that a long answer isn't moved with every frame.
    if (!isOld(this.#stretches[64]) && this.#stretches.length <= COUNT_MAX) return;
    const kept = this.#stretches.slice(-COUNT_MAX).filter((stretch) => !isOld(stretch));
    this.#forgottenCount += this.#stretches.length - kept.length;
    this.#stretches = kept;
  }
}
