import type { LoggedEvent } from '@prism/client/inspect';
import { type EventQuery, familiesOf } from '../../state/event-query.ts';

const DIRECTIONS = [
  ['both', 'All'],
  ['in', '↓ Received'],
  ['out', '↑ Sent'],
] as const;

/** What the filters show and do. */
export interface EventFiltersProps {
  readonly entries: readonly LoggedEvent[];
  readonly query: EventQuery;
  readonly onChange: (query: EventQuery) => void;
}

/** Search, direction, and what the type begins with. */
export function EventFilters({ entries, query, onChange }: EventFiltersProps) {
  return (
    <div className="inspector-filters">
      <input
        type="search"
        className="input"
        value={query.text}
        placeholder="Search in types and payloads"
        aria-label="Search in events"
        data-testid="event-filter"
        onChange={({ target }) => {
          onChange({ ...query, text: target.value });
        }}
      />
      <div className="inspector-row">
        <fieldset className="segmented small">
          <legend className="hidden">Direction</legend>
          {DIRECTIONS.map(([direction, label]) => (
            <label key={direction}>
              <input
                type="radio"
                name="direction"
                data-testid={`direction-${direction}`}
                checked={query.direction === direction}
                onChange={() => {
                  onChange({ ...query, direction });
                }}
              />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <label className="check">
          <input
            type="checkbox"
            data-testid="event-deltas"
            checked={query.hasDeltas}
            onChange={({ target }) => {
              onChange({ ...query, hasDeltas: target.checked });
            }}
          />
          deltas
        </label>
      </div>
      <ul className="families" aria-label="Families of types">
        {familiesOf(entries).map(([family, count]) => (
          <li key={family}>
            <button
              type="button"
              className="family"
              aria-pressed={query.family === family}
              onClick={() => {
                onChange({ ...query, family: query.family === family ? undefined : family });
              }}
            >
              {family} <small>{count}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
