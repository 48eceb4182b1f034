import type { NetworkSample } from './network-history.ts';

/** How good the network is for talking, best first. */
export const QUALITY_LEVELS = ['excellent', 'good', 'fair', 'poor'] as const;

/** One of them. */
export type QualityLevel = (typeof QUALITY_LEVELS)[number];

/** What is judged. */
export type QualityFigure = 'rttMs' | 'lossRatio' | 'jitterMs' | 'concealedRatio';

/** Up to where a figure is excellent, good and fair; what is above is poor. */
export const QUALITY_LIMITS: Readonly<Record<QualityFigure, readonly [number, number, number]>> = {
  rttMs: [100, 200, 400],
  lossRatio: [0.005, 0.02, 0.05],
  jitterMs: [15, 30, 60],
  concealedRatio: [0.01, 0.03, 0.08],
};

/** What is called what in texts. */
export const FIGURE_NAMES: Readonly<Record<QualityFigure, string>> = {
  rttMs: 'round trip',
  lossRatio: 'loss',
  jitterMs: 'jitter',
  concealedRatio: 'concealment',
};

/** How long a bad moment counts. */
const QUALITY_WINDOW_MS = 10_000;

/** The quality, and the figure that it is no better for. */
export interface NetworkQuality {
  readonly level: QualityLevel;
  readonly decidedBy: QualityFigure;
  readonly value: number;
}

type Figures = Readonly<Record<QualityFigure, number | undefined>>;

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

function worse(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Means over the window; of both directions the worse one counts. */
function figuresOf(samples: readonly NetworkSample[]): Figures {
  const of = (read: (sample: NetworkSample) => number | undefined) => mean(samples.map(read));
  return {
    rttMs: of(({ rttMs }) => rttMs),
    lossRatio: worse(
      of(({ inbound }) => inbound.lossRatio),
      of(({ outbound }) => outbound.lossRatio),
    ),
    jitterMs: worse(
      of(({ inbound }) => inbound.jitterMs),
      of(({ outbound }) => outbound.jitterMs),
    ),
    concealedRatio: of(({ concealedRatio }) => concealedRatio),
  };
}

function rankOf(figure: QualityFigure, value: number): number {
  const rank = QUALITY_LIMITS[figure].findIndex((limit) => value <= limit);
  return rank === -1 ? QUALITY_LEVELS.length - 1 : rank;
}

const FIGURES: readonly QualityFigure[] = ['lossRatio', 'concealedRatio', 'rttMs', 'jitterMs'];

/** Judges the last ten seconds by the worst of their figures; `undefined` while nothing is known. */
export function networkQuality(samples: readonly NetworkSample[]): NetworkQuality | undefined {
  const nowMs = samples.at(-1)?.atMs ?? 0;
  const figures = figuresOf(samples.filter(({ atMs }) => nowMs - atMs < QUALITY_WINDOW_MS));
  let worst: { readonly rank: number; readonly quality: NetworkQuality } | undefined;
  for (const figure of FIGURES) {
    const value = figures[figure];
    if (value === undefined) continue;
    const rank = rankOf(figure, value);
    const level = QUALITY_LEVELS[rank] ?? 'poor';
    if (worst === undefined || rank > worst.rank) {
      worst = { rank, quality: { level, decidedBy: figure, value } };
    }
  }
  return worst?.quality;
}
