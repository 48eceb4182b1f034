import { AppearanceToggle } from './appearance-toggle.tsx';
import { BrandMark } from './brand-mark.tsx';
import { Icon } from './icon.tsx';

/** What the header shows and does. */
export interface PageHeaderProps {
  readonly version: string | undefined;
  readonly isLogOpen: boolean;
  readonly onToggleLog: () => void;
}

/** The top of the page: name, events drawer, appearance. */
export function PageHeader({ version, isLogOpen, onToggleLog }: PageHeaderProps) {
  return (
    <header className="page-header">
      <div className="brand">
        <BrandMark />
        <h1>
          Prism <span className="brand-suffix">playground</span>
        </h1>
        {version === undefined || version === '' ? null : <span className="chip">v{version}</span>}
      </div>
      <div className="header-actions">
        <button
          type="button"
          className="button quiet"
          aria-expanded={isLogOpen}
          aria-controls="events-drawer"
          data-testid="events-button"
          onClick={onToggleLog}
        >
          <Icon name="events" />
          <span>Events</span>
        </button>
        <AppearanceToggle />
      </div>
    </header>
  );
}
