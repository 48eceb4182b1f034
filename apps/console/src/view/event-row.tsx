import type { LoggedEvent } from '@prism/client';
import { useState } from 'react';

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

/** One event; its JSON is made only when it is opened. */
export function EventRow({ entry }: { readonly entry: LoggedEvent }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className={`event ${entry.direction}`} data-type={entry.event.type}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => {
          setIsOpen(!isOpen);
        }}
      >
        <span className="event-direction" title={entry.direction === 'in' ? 'received' : 'sent'}>
          {entry.direction === 'in' ? '↓' : '↑'}
        </span>
        <span className="event-type">{entry.event.type}</span>
        <time>{timeOf(entry.atMs)}</time>
      </button>
      {isOpen ? <pre>{JSON.stringify(entry.event, null, 2)}</pre> : null}
    </li>
  );
}
