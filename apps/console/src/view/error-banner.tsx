import type { ShownError } from '../state/call-state.ts';
import { Icon } from './icon.tsx';

/** What went wrong, its code, and what to do about it. */
export function ErrorBanner({
  error,
  onDismiss,
}: {
  readonly error: ShownError;
  readonly onDismiss: () => void;
}) {
  return (
    <div className="error-banner" role="alert" data-testid="error-banner" data-code={error.code}>
      <Icon name="alert" />
      <div className="error-text">
        <p className="error-message">
          {error.message} <code>{error.code}</code>
        </p>
        <p className="error-remedy">{error.remedy}</p>
      </div>
      <button
        type="button"
        className="button quiet icon-only"
        aria-label="Dismiss"
        onClick={onDismiss}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
