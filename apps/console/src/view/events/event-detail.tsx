import type { LoggedEvent } from '@prism/client/inspect';
import { markMatches } from '../../state/mark-matches.ts';
import { CopyButton } from '../copy-button.tsx';
import { Icon } from '../icon.tsx';

/** What the detail shows and does. */
export interface EventDetailProps {
  readonly entry: LoggedEvent;
  /** Marked in the payload. */
  readonly query: string;
  readonly onClose: () => void;
}

/** One event's payload. */
export function EventDetail({ entry, query, onClose }: EventDetailProps) {
  const json = JSON.stringify(entry.event, null, 2);
  return (
    <section className="event-detail" aria-label="Event" data-testid="event-detail">
      <div className="event-detail-top">
        <h3>{entry.event.type}</h3>
        <CopyButton label="Copy as JSON" text={() => json} testId="event-detail-copy" isIconOnly />
        <button type="button" className="button quiet icon-only" onClick={onClose}>
          <Icon name="close" />
          <span className="hidden">Close the event</span>
        </button>
      </div>
      <pre>
        {markMatches(json, query).map(({ text, isMatch }, index) =>
          // Pieces of one text have nothing but their places.
          isMatch ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
        )}
      </pre>
    </section>
  );
}
