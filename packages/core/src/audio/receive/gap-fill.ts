import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../pcm.ts';

/** Longest part of a gap that is concealed: beyond it concealment has faded out, and silence says the same. */
const CONCEAL_SAMPLES_MAX = SAMPLE_RATE_HZ / 10;

/** Longest gap that is kept in the timeline. Beyond it the excess is skipped and counted. */
const GAP_SAMPLES_MAX = 10 * SAMPLE_RATE_HZ;

/** A gap is never kept longer than the time that has passed and this: a clock may be off, or a burst come early. */
const AHEAD_MS_MAX = 1_000;

/** What is known of a gap in the timeline before a packet. */
export interface Gap {
  readonly samples: number;
  /** Something was lost here; otherwise the sender paused on purpose. */
  readonly isLoss: boolean;
  /** What came before the gap was no speech: discontinuous transmission or comfort noise. */
  readonly isAfterSilence: boolean;
  /** What the packet after the gap can restore of its end by in-band FEC. */
  readonly fecSamples: number;
  /** Since the packet before the gap was played. */
  readonly elapsedMs: number;
}

/** How a gap is filled: concealment, then silence, then what in-band FEC restores. */
export interface GapFill {
  readonly concealSamples: number;
  readonly silenceSamples: number;
  readonly fecSamples: number;
  readonly skippedSamples: number;
}

/** Fills a gap so that the timeline is as long as RTP time says. */
export function fillGap(gap: Gap): GapFill {
  const keptSamples = Math.min(
    gap.samples,
    GAP_SAMPLES_MAX,
    Math.floor((gap.elapsedMs + AHEAD_MS_MAX) * SAMPLES_PER_MS),
  );
  // In-band FEC restores a whole frame or nothing.
  const fecSamples = gap.isLoss && gap.fecSamples <= keptSamples ? gap.fecSamples : 0;
  const restSamples = keptSamples - fecSamples;
  const concealSamples =
    gap.isLoss && !gap.isAfterSilence ? Math.min(restSamples, CONCEAL_SAMPLES_MAX) : 0;
  return {
    concealSamples,
    silenceSamples: restSamples - concealSamples,
    fecSamples,
    skippedSamples: gap.samples - keptSamples,
  };
}
