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
 * Audio older than this has been heard, whatever the network does: it is forgotten. More runs than `COUNT_MAX` can't
 * be sent in that time.
 */
export const SENT_TIMELINE_MS_MAX = 30_000;
const COUNT_MAX = (2 * SENT_TIMELINE_MS_MAX) / 20;

/** Stretches of one item without a pause between them: one entry, however long an answer is. */
interface Run {
  readonly source: AudioSource;
  readonly offsetSamples: number;
  /** RTP time without the wrap at 2³²; the first run begins at zero. */
  readonly ticks: number;
  samples: number;
  lastSentAtMs: MonotonicMs;
}

/** What was sent of which item at which RTP time, over the newest {@link SENT_TIMELINE_MS_MAX}. */
export class SentTimeline {
  #runs: Run[] = [];
  #forgottenCount = 0;
  /** The stretch that was sent last. */
  #lastTicks = 0;
  #lastRtpTimestamp = 0;

  /** Runs that were forgotten by age or count. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  /** Where the stretch that was sent last begins, in {@link ticksOf}'s ticks; 0 before the first. */
  get lastTicks(): number {
    return this.#lastTicks;
  }

  /** When that was; `undefined` if nothing was. */
  get lastSentAtMs(): MonotonicMs | undefined {
    return this.#runs.at(-1)?.lastSentAtMs;
  }

  /** Position behind the last sample sent, in {@link ticksOf}'s ticks; 0 before the first. */
  get endTicks(): number {
    const last = this.#runs.at(-1);
    return last === undefined ? 0 : endOf(last);
  }

  /** Takes what was sent, in the order of sending. Keeps its numbers, not the stretch. */
  push(stretch: SentStretch): void {
    const ticks = this.ticksOf(stretch.rtpTimestamp);
    const last = this.#runs.at(-1);
    if (last !== undefined && continues(stretch, ticks, last)) {
      last.samples += stretch.samples;
      last.lastSentAtMs = stretch.sentAtMs;
    } else {
      const { source, offsetSamples, samples, sentAtMs } = stretch;
      this.#runs.push({ source, offsetSamples, ticks, samples, lastSentAtMs: sentAtMs });
      this.#forget(sentAtMs);
    }
    this.#lastTicks = ticks;
    this.#lastRtpTimestamp = stretch.rtpTimestamp;
  }

  /** An RTP timestamp as ticks that don't wrap: the one nearest to what was sent last. */
  ticksOf(rtpTimestamp: number): number {
    if (this.#runs.length === 0) return 0;
    return this.#lastTicks + ((rtpTimestamp - this.#lastRtpTimestamp) | 0);
  }

  /** How much of each remembered item lies before `ticks`, oldest first; 0 samples where none does. */
  progressAt(ticks: number): readonly ItemProgress[] {
    const byKey = new Map<string, ItemProgress>();
    for (const run of this.#runs) {
      const key = `${run.source.itemId}/${run.source.contentIndex}`;
      const passedSamples = Math.floor((ticks - run.ticks) / RTP_TICKS_PER_SAMPLE);
      const samples =
        passedSamples <= 0 ? 0 : run.offsetSamples + Math.min(passedSamples, run.samples);
      const known = byKey.get(key)?.samples ?? 0;
      byKey.set(key, { source: run.source, samples: Math.max(known, samples) });
    }
    return [...byKey.values()];
  }

  #forget(nowMs: MonotonicMs): void {
    const isOld = (run: Run | undefined): boolean =>
      run !== undefined && nowMs - run.lastSentAtMs > SENT_TIMELINE_MS_MAX;
    // In batches, so that many short runs aren't moved with each of them.
    if (!isOld(this.#runs[64]) && this.#runs.length <= COUNT_MAX) return;
    const kept = this.#runs.slice(-COUNT_MAX).filter((run) => !isOld(run));
    this.#forgottenCount += this.#runs.length - kept.length;
    this.#runs = kept;
  }
}

function endOf(run: Run): number {
  return run.ticks + run.samples * RTP_TICKS_PER_SAMPLE;
}

function continues({ source, offsetSamples }: SentStretch, ticks: number, run: Run): boolean {
  return (
    ticks === endOf(run) &&
    offsetSamples === run.offsetSamples + run.samples &&
    source.itemId === run.source.itemId &&
    source.contentIndex === run.source.contentIndex
  );
}
