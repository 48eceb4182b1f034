import type { LoggedEvent } from '@prism/client/inspect';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { rowWindow } from '../../state/row-window.ts';
import { NARROW, useMediaQuery } from '../use-media-query.ts';
import { EventRow } from './event-row.tsx';
import { stepTo } from './step-to.ts';

/** Less than this from its end, the list follows what comes. */
const NEAR_END_PIXELS = 48;

/** What the list shows and does. */
export interface EventListProps {
  /** Oldest first. */
  readonly entries: readonly LoggedEvent[];
  /** Whether there are any that the filter hides. */
  readonly hasEvents: boolean;
  readonly selected: number | undefined;
  readonly onSelect: (sequence: number) => void;
}

/** Events in the order of their coming; only rows in view are in the document. It follows its end. */
export function EventList({ entries, hasEvents, selected, onSelect }: EventListProps) {
  const box = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const [view, setView] = useState({ scrollTopPixels: 0, viewHeightPixels: 0 });
  const rowHeightPixels = useMediaQuery(NARROW) ? 44 : 32;
  const measure = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setView({ scrollTopPixels: scrollTop, viewHeightPixels: clientHeight });
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (box.current !== null) observer.observe(box.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const { current } = box;
    if (current !== null && isFollowing.current) current.scrollTop = current.scrollHeight;
  }, [entries, view.viewHeightPixels]);
  const { start, end } = rowWindow({ ...view, rowCount: entries.length, rowHeightPixels });
  return (
    <div
      className="events"
      ref={box}
      role="listbox"
      aria-label="Events"
      aria-activedescendant={selected === undefined ? undefined : `event-${selected}`}
      // Keyboards can move only in what can take the focus.
      tabIndex={0}
      onScroll={({ currentTarget: list }) => {
        isFollowing.current =
          list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PIXELS;
        measure();
      }}
      onKeyDown={(event) => {
        const index = stepTo(event.key, entries, selected);
        const next = index === undefined ? undefined : entries[index];
        if (index === undefined || next === undefined) return;
        event.preventDefault();
        onSelect(next.sequence);
        const list = event.currentTarget;
        const top = index * rowHeightPixels;
        if (top < list.scrollTop) list.scrollTop = top;
        const bottom = top + rowHeightPixels - list.clientHeight;
        if (bottom > list.scrollTop) list.scrollTop = bottom;
      }}
    >
      {entries.length === 0 ? (
        <p className="blank">
          {hasEvents ? 'No event is like that.' : 'Every event of the call appears here.'}
        </p>
      ) : null}
      <div style={{ height: entries.length * rowHeightPixels }}>
        <div style={{ transform: `translateY(${start * rowHeightPixels}px)` }}>
          {entries.slice(start, end).map((entry, offset) => (
            <EventRow
              key={entry.sequence}
              entry={entry}
              position={{ index: start + offset, count: entries.length, rowHeightPixels }}
              isSelected={entry.sequence === selected}
              onSelect={onSelect}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
