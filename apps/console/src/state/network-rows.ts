import type { NetworkSample } from './network-history.ts';

/** How a value of a chart is written. */
export type FigureFormat = 'ms' | 'ratio' | 'rate';

/** One line of a chart: what arrives, what is sent, or what has no direction. */
export interface ChartLine {
  readonly direction: 'in' | 'out' | 'both';
  readonly read: (sample: NetworkSample) => number | undefined;
}

/** One chart of the last minute. */
export interface ChartRow {
  readonly id: string;
  readonly label: string;
  /** What is measured, and by whom. */
  readonly note: string;
  readonly format: FigureFormat;
  /** What the upper edge stands for at least. */
  readonly least: number;
  readonly lines: readonly ChartLine[];
}

/** The charts, from what concerns people most. */
export const CHART_ROWS: readonly ChartRow[] = [
  {
    id: 'rtt',
    label: 'Round trip',
    note: 'To the server and back, by the browser',
    format: 'ms',
    least: 50,
    lines: [{ direction: 'both', read: ({ rttMs }) => rttMs }],
  },
  {
    id: 'loss',
    label: 'Loss',
    note: 'Share of audio packets lost each second: in by the browser, out as the server reports',
    format: 'ratio',
    least: 0.05,
    lines: [
      { direction: 'in', read: ({ inbound }) => inbound.lossRatio },
      { direction: 'out', read: ({ outbound }) => outbound.lossRatio },
    ],
  },
  {
    id: 'jitter',
    label: 'Jitter',
    note: 'Interarrival jitter of RFC 3550, of both receivers',
    format: 'ms',
    least: 20,
    lines: [
      { direction: 'in', read: ({ inbound }) => inbound.jitterMs },
      { direction: 'out', read: ({ outbound }) => outbound.jitterMs },
    ],
  },
  {
    id: 'concealed',
    label: 'Concealment',
    note: 'Share of the samples of an answer that the browser made up because packets were missing; seconds in which an answer begins or ends are left out',
    format: 'ratio',
    least: 0.05,
    lines: [{ direction: 'in', read: ({ concealedRatio }) => concealedRatio }],
  },
  {
    id: 'jitter-buffer',
    label: 'Jitter buffer',
    note: 'Mean time received audio waits here before it is played',
    format: 'ms',
    least: 100,
    lines: [{ direction: 'in', read: ({ jitterBufferMs }) => jitterBufferMs }],
  },
  {
    id: 'rate',
    label: 'kbit/s',
    note: 'Audio payload each second',
    format: 'rate',
    least: 48_000,
    lines: [
      { direction: 'in', read: ({ inbound }) => inbound.rateBps },
      { direction: 'out', read: ({ outbound }) => outbound.rateBps },
    ],
  },
];
