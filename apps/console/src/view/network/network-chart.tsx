import { HISTORY_MS, type NetworkSample } from '../../state/network-history.ts';
import type { ChartRow, FigureFormat } from '../../state/network-rows.ts';
import { sparklinePath, topOf } from '../../state/sparkline-path.ts';
import { formatMs, formatRate, formatRatio } from '../figures.ts';

const FORMATS: Readonly<Record<FigureFormat, (value: number | undefined) => string>> = {
  ms: formatMs,
  ratio: formatRatio,
  rate: formatRate,
};

const ARROWS = { in: '↓', out: '↑', both: '' } as const;
const WORDS = { in: 'in', out: 'out', both: '' } as const;

/** What the chart shows. */
export interface NetworkChartProps {
  readonly row: ChartRow;
  readonly samples: readonly NetworkSample[];
}

/** A figure's last minute as a line for each direction, with the newest values beside it. */
export function NetworkChart({ row, samples }: NetworkChartProps) {
  const format = FORMATS[row.format];
  const endMs = samples.at(-1)?.atMs ?? 0;
  const lines = row.lines.map(({ direction, read }) => ({
    direction,
    points: samples.map((sample) => ({ atMs: sample.atMs, value: read(sample) })),
  }));
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const frame = {
    width: 240,
    height: 34,
    endMs,
    spanMs: HISTORY_MS,
    top: topOf(values, row.least),
  };
  return (
    <div className="chart" title={row.note}>
      <dt>{row.label}</dt>
      <dd className="chart-values" data-testid={row.id}>
        {lines.map(({ direction, points }) => (
          <span key={direction} className={`chart-value ${direction}`}>
            <span aria-hidden="true">{ARROWS[direction]}</span>
            <span className="hidden">{WORDS[direction]}</span> {format(points.at(-1)?.value)}
          </span>
        ))}
      </dd>
      <dd className="chart-picture" aria-hidden="true">
        <svg viewBox={`0 -2 ${frame.width} ${frame.height + 4}`} preserveAspectRatio="none">
          {lines.map(({ direction, points }) => (
            <path key={direction} className={direction} d={sparklinePath(points, frame)} />
          ))}
        </svg>
        <span className="chart-top">{format(frame.top)}</span>
      </dd>
    </div>
  );
}
