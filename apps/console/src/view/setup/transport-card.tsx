import { TRANSPORT_TEXTS, TRANSPORTS } from '../../state/settings.ts';
import { Card } from '../card.tsx';
import { usePage, usePageState } from '../page-context.ts';

/** How a call may travel. */
export function TransportCard() {
  const { store } = usePage();
  const chosen = usePageState((state) => state.settings.transport);
  return (
    <Card title="Transport">
      <fieldset className="choices">
        <legend className="hidden">Transport</legend>
        {TRANSPORTS.map((transport) => (
          <label key={transport} className="choice">
            <input
              type="radio"
              name="transport"
              value={transport}
              data-testid={`transport-${transport}`}
              checked={chosen === transport}
              onChange={() => {
                store.dispatch({ type: 'settings.changed', change: { transport } });
              }}
            />
            <span>{TRANSPORT_TEXTS[transport].label}</span>
          </label>
        ))}
      </fieldset>
      <p className="card-note" role="status">
        {TRANSPORT_TEXTS[chosen].note}
      </p>
    </Card>
  );
}
