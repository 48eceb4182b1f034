import { filterEvents } from '@prism/client';
import { useState, useSyncExternalStore } from 'react';
import type { CallController } from '../call/call-controller.ts';
import { EventRow } from './event-row.tsx';
import { Icon } from './icon.tsx';

const SHOWN_COUNT_MAX = 250;

/** What the drawer shows and how it is closed. */
export interface EventsDrawerProps {
  readonly controller: CallController;
  readonly onClose: () => void;
}

/** The newest events of the data channel, newest first, to be filtered and opened. */
export function EventsDrawer({ controller, onClose }: EventsDrawerProps) {
  const entries = useSyncExternalStore(controller.subscribeLog, () => controller.log.entries());
  const [query, setQuery] = useState('');
  const [hasDeltas, setHasDeltas] = useState(false);
  const wanted = filterEvents(entries, query).filter(
    ({ event }) => hasDeltas || !event.type.endsWith('.delta'),
  );
  const shown = wanted.slice(-SHOWN_COUNT_MAX).reverse();
  return (
    <aside className="drawer" id="events-drawer" aria-label="Events" data-testid="event-log">
      <div className="drawer-top">
        <h2>Events</h2>
        <button type="button" className="button quiet" onClick={() => controller.clearLog()}>
          Clear
        </button>
        <button
          type="button"
          className="button quiet icon-only"
          aria-label="Close events"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="drawer-filter">
        <input
          type="search"
          value={query}
          placeholder="Filter by type or content"
          aria-label="Filter events"
          data-testid="event-filter"
          onChange={({ target }) => {
            setQuery(target.value);
          }}
        />
        <label>
          <input
            type="checkbox"
            checked={hasDeltas}
            onChange={({ target }) => {
              setHasDeltas(target.checked);
            }}
          />
          deltas
        </label>
      </div>
      <p className="drawer-count">
        {shown.length} of {entries.length} shown
        {controller.log.droppedCount > 0 ? `, ${controller.log.droppedCount} older ones left` : ''}
      </p>
      <ol className="events">
        {shown.map((entry) => (
          <EventRow key={entry.sequence} entry={entry} />
        ))}
      </ol>
    </aside>
  );
}
