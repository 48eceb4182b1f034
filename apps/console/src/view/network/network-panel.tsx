import { CHART_ROWS } from '../../state/network-rows.ts';
import { Card } from '../card.tsx';
import { usePageState } from '../page-context.ts';
import { LinkCard } from './link-card.tsx';
import { NetworkChart } from './network-chart.tsx';
import { QualityCard } from './quality-card.tsx';

/** How good the network is, what it did in the last minute, and what carries the call. */
export function NetworkPanel() {
  const samples = usePageState((state) => state.network.samples);
  return (
    <div className="cards">
      <QualityCard samples={samples} />
      <LinkCard />
      <Card title="The last minute" aside={<span className="card-aside">↓ in · ↑ out</span>}>
        {samples.length === 0 ? (
          <p className="blank">Charts begin with the call.</p>
        ) : (
          <dl className="charts">
            {CHART_ROWS.map((row) => (
              <NetworkChart key={row.id} row={row} samples={samples} />
            ))}
          </dl>
        )}
      </Card>
    </div>
  );
}
