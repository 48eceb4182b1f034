import type { NetworkSample } from '../../state/network-history.ts';
import {
  FIGURE_NAMES,
  networkQuality,
  QUALITY_LEVELS,
  QUALITY_LIMITS,
  type QualityFigure,
} from '../../state/network-quality.ts';
import { formatMs, formatRatio } from '../figures.ts';
import { QualityBars } from './quality-bars.tsx';

const FIGURES: readonly QualityFigure[] = ['rttMs', 'lossRatio', 'jitterMs', 'concealedRatio'];

function formatted(figure: QualityFigure, value: number | undefined): string {
  return figure === 'rttMs' || figure === 'jitterMs' ? formatMs(value) : formatRatio(value);
}

function LimitsTable() {
  return (
    <details className="more">
      <summary>What the levels mean</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">up to</th>
            {QUALITY_LEVELS.slice(0, -1).map((level) => (
              <th key={level} scope="col">
                {level}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {FIGURES.map((figure) => (
            <tr key={figure}>
              <th scope="row">{FIGURE_NAMES[figure]}</th>
              {QUALITY_LIMITS[figure].map((limit) => (
                <td key={limit}>{formatted(figure, limit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="card-note">
        Means over ten seconds, of both directions the worse; the worst figure decides. The limits
        are this page’s own: beyond them people begin to notice.
      </p>
    </details>
  );
}

/** The quality in a word, what it is no better for, and what the words mean. */
export function QualityCard({ samples }: { readonly samples: readonly NetworkSample[] }) {
  const quality = networkQuality(samples);
  return (
    <section className="card quality" aria-labelledby="quality-heading">
      <div className="quality-line">
        <QualityBars level={quality?.level} />
        <div>
          <h2 id="quality-heading">Network quality</h2>
          <p className="quality-level" data-testid="quality" data-level={quality?.level ?? 'none'}>
            {quality?.level ?? 'No call yet'}
          </p>
        </div>
        {quality === undefined || quality.level === 'excellent' ? null : (
          <p className="quality-reason">
            {FIGURE_NAMES[quality.decidedBy]}
            <b>{formatted(quality.decidedBy, quality.value)}</b>
          </p>
        )}
      </div>
      <LimitsTable />
    </section>
  );
}
