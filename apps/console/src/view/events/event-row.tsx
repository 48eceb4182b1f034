import type { LoggedEvent } from '@prism/client/inspect';
import { memo } from 'react';
import { formatBytes } from '../figures.ts';

/** Where the row stands in the whole list. */
export interface RowPosition {
  readonly index: number;
  readonly count: number;
  readonly rowHeightPixels: number;
}

/** What the row shows and does. */
export interface EventRowProps {
  readonly entry: LoggedEvent;
  readonly position: RowPosition;
  readonly isSelected: boolean;
  readonly onSelect: (sequence: number) => void;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

/** One event in a line. */
export const EventRow = memo(function EventRow(props: EventRowProps) {
  const { entry, position, isSelected, onSelect } = props;
  const { direction, event, atMs, sizeCharacters, sequence } = entry;
  return (
    // Keys are the list's: it has the focus.
    <div
      className={`event ${direction}`}
      role="option"
      id={`event-${sequence}`}
      data-type={event.type}
      aria-selected={isSelected}
      aria-setsize={position.count}
      aria-posinset={position.index + 1}
      style={{ height: position.rowHeightPixels }}
      onClick={() => {
        onSelect(sequence);
      }}
    >
      <span className="event-direction" title={direction === 'in' ? 'received' : 'sent'}>
        {direction === 'in' ? '↓' : '↑'}
      </span>
      <span className="event-type">{event.type}</span>
      <small>{formatBytes(sizeCharacters)}</small>
      <time>{timeOf(atMs)}</time>
    </div>
  );
}, isSameRow);

function isSameRow(a: EventRowProps, b: EventRowProps): boolean {
  return (
    a.entry === b.entry &&
    a.isSelected === b.isSelected &&
    a.position.index === b.position.index &&
    a.position.count === b.position.count &&
    a.position.rowHeightPixels === b.position.rowHeightPixels
  );
}
