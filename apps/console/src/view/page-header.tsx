import { isLive } from '../state/call-state.ts';
import { networkQuality } from '../state/network-quality.ts';
import { AppearanceToggle } from './appearance-toggle.tsx';
import { BrandMark } from './brand-mark.tsx';
import { QualityBars } from './network/quality-bars.tsx';
import { usePage, usePageState } from './page-context.ts';
import { PHASE_NAMES } from './phase-names.ts';

/** The top of the page: name, where the call stands, how good its network is, appearance. */
export function PageHeader() {
  const { store } = usePage();
  const info = usePageState((state) => state.call.info);
  const phase = usePageState((state) => state.call.phase);
  const samples = usePageState((state) => state.network.samples);
  const version = info.type === 'known' ? info.info.version : '';
  const quality = isLive(phase) ? networkQuality(samples) : undefined;
  return (
    <header className="page-header">
      <div className="brand">
        <BrandMark />
        <h1>
          Prism <span className="brand-suffix">playground</span>
        </h1>
        {version === '' ? null : <span className="chip">v{version}</span>}
      </div>
      <div className="header-actions">
        <span className="state" data-testid="connection-state" data-phase={phase}>
          {PHASE_NAMES[phase]}
        </span>
        {quality === undefined ? null : (
          <button
            type="button"
            className="quality-chip"
            data-testid="quality-chip"
            data-level={quality.level}
            aria-label={`Network: ${quality.level}. Show its figures.`}
            onClick={() => {
              store.dispatch({ type: 'tab.chosen', tab: 'network' });
            }}
          >
            <QualityBars level={quality.level} />
            <span>{quality.level}</span>
          </button>
        )}
        <AppearanceToggle />
      </div>
    </header>
  );
}
