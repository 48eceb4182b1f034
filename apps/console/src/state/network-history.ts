import type { CallStatistics } from '@prism/client';

/** One direction at one moment; what isn't known is absent. */
export interface DirectionSample {
  /** Share of packets lost since the sample before. */
  readonly lossRatio?: number | undefined;
  readonly jitterMs?: number | undefined;
  readonly rateBps?: number | undefined;
}

/** What the network did in the interval before `atMs`. */
export interface NetworkSample {
  readonly atMs: number;
  readonly rttMs: number | undefined;
  /** From the server to this page. */
  readonly inbound: DirectionSample;
  /** From this page to the server, as the server reports it. */
  readonly outbound: DirectionSample;
  /** Share of the played samples that were made up; known only where an answer was played all the time. */
  readonly concealedRatio: number | undefined;
  readonly jitterBufferMs: number | undefined;
}

/** How far back the page looks. */
export const HISTORY_MS = 60_000;

/** Statistics are read once a second. */
const SAMPLE_COUNT_MAX = 62;

/** The last minute of a call's statistics, oldest first. */
export interface NetworkHistory {
  readonly samples: readonly NetworkSample[];
  /** The newest snapshot, for the differences to the next. */
  readonly last:
    | { readonly statistics: CallStatistics; readonly atMs: number; readonly isPlaying: boolean }
    | undefined;
  /** An answer has begun or ended since. */
  readonly isPlaybackBroken: boolean;
}

/** The history before the first snapshot. */
export const NO_HISTORY: NetworkHistory = {
  samples: [],
  last: undefined,
  isPlaybackBroken: false,
};

type Sent = { readonly totalBytes: number } | undefined;

function rateBps(now: Sent, before: Sent, elapsedMs: number): number | undefined {
  if (now === undefined || before === undefined || elapsedMs <= 0) return undefined;
  const sizeBytes = now.totalBytes - before.totalBytes;
  // Another link counts from zero.
  return sizeBytes < 0 ? undefined : (sizeBytes * 8 * 1000) / elapsedMs;
}

/**
 * Adds a snapshot that was taken at `atMs`. A browser conceals the end of every answer, for want of packets that nobody
 * sends: an interval in which an answer began or ended tells nothing about the network.
 */
export function addSnapshot(
  { samples, last, isPlaybackBroken }: NetworkHistory,
  statistics: CallStatistics,
  { atMs, isPlaying }: { readonly atMs: number; readonly isPlaying: boolean },
): NetworkHistory {
  const elapsedMs = last === undefined ? 0 : atMs - last.atMs;
  const { rttMs, inbound, outbound } = statistics;
  const before = last?.statistics;
  const sample: NetworkSample = {
    atMs,
    rttMs,
    inbound: {
      lossRatio: inbound?.recentLossRatio,
      jitterMs: inbound?.jitterMs,
      rateBps: rateBps(inbound, before?.inbound, elapsedMs),
    },
    outbound: {
      lossRatio: outbound?.recentLossRatio,
      jitterMs: outbound?.jitterMs,
      rateBps: rateBps(outbound, before?.outbound, elapsedMs),
    },
    concealedRatio:
      isPlaying && last?.isPlaying === true && !isPlaybackBroken
        ? inbound?.recentConcealedRatio
        : undefined,
    jitterBufferMs: inbound?.jitterBufferMs,
  };
  const recent = [...samples, sample].filter((one) => atMs - one.atMs <= HISTORY_MS);
  return {
    samples: recent.slice(-SAMPLE_COUNT_MAX),
    last: { statistics, atMs, isPlaying },
    isPlaybackBroken: false,
  };
}
