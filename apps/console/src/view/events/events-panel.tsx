import { useMemo, useState, useSyncExternalStore } from 'react';
import { EventFinder, WHOLE_LOG } from '../../state/event-query.ts';
import { usePage } from '../page-context.ts';
import { EventDetail } from './event-detail.tsx';
import { EventFilters } from './event-filters.tsx';
import { EventList } from './event-list.tsx';
import { EventToolbar } from './event-toolbar.tsx';

/** Everything that crossed the wire in this call, to be filtered, searched, opened and taken along. */
export function EventsPanel() {
  const { record } = usePage().controller;
  const entries = useSyncExternalStore(record.subscribe, record.entries);
  const isPaused = useSyncExternalStore(record.subscribe, record.isPaused);
  const finder = useMemo(() => new EventFinder(), []);
  const [query, setQuery] = useState(WHOLE_LOG);
  const [selected, setSelected] = useState<number>();
  const found = finder.find(entries, query);
  const entry = found.find(({ sequence }) => sequence === selected);
  return (
    <div className="inspector" data-testid="event-log">
      <EventToolbar
        entries={entries}
        found={found}
        droppedCount={record.droppedCount}
        isPaused={isPaused}
        onPause={() => {
          record.setPaused(!isPaused);
        }}
        onClear={() => {
          record.clear();
        }}
      />
      <EventFilters entries={entries} query={query} onChange={setQuery} />
      <EventList
        entries={found}
        hasEvents={entries.length > 0}
        selected={selected}
        onSelect={setSelected}
      />
      {entry === undefined ? null : (
        <EventDetail
          entry={entry}
          query={query.text}
          onClose={() => {
            setSelected(undefined);
          }}
        />
      )}
    </div>
  );
}
