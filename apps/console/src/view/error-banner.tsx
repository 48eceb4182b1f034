import { isLive, type ShownError } from '../state/call-state.ts';
import { type RemedyName, remediesFor } from '../state/remedies.ts';
import { Icon } from './icon.tsx';
import { type Page, usePage, usePageState } from './page-context.ts';

function apply(name: RemedyName, { controller, store }: Page): void {
  store.dispatch({ type: 'error.dismissed' });
  switch (name) {
    case 'retry':
      return controller.start();
    case 'automatic':
      store.dispatch({ type: 'settings.changed', change: { transport: 'auto' } });
      return controller.start();
    case 'system_microphone':
      void controller.chooseMicrophone(undefined);
      return;
    case 'setup':
      return store.dispatch({ type: 'tab.chosen', tab: 'setup' });
  }
}

/** What went wrong, its code, and what to do about it. */
export function ErrorBanner({ error }: { readonly error: ShownError }) {
  const page = usePage();
  const settings = usePageState((state) => state.settings);
  const hasCall = usePageState((state) => isLive(state.call.phase));
  return (
    <div className="error-banner" role="alert" data-testid="error-banner" data-code={error.code}>
      <Icon name="alert" />
      <div className="error-text">
        <p className="error-message">
          {error.message} <code>{error.code}</code>
        </p>
        <p className="error-remedy">{error.remedy}</p>
        <div className="error-actions">
          {remediesFor(error.code, { settings, hasCall }).map(({ name, label }) => (
            <button
              key={name}
              type="button"
              className="button small"
              data-testid={`remedy-${name}`}
              onClick={() => {
                apply(name, page);
              }}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <button
        type="button"
        className="button quiet icon-only"
        aria-label="Dismiss"
        onClick={() => {
          page.store.dispatch({ type: 'error.dismissed' });
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
