import type { LoggedEvent } from '@prism/client/inspect';
import { exportEvents } from '../../state/event-query.ts';
import { CopyButton } from '../copy-button.tsx';
import { Icon } from '../icon.tsx';
import { saveFile } from '../save-file.ts';

/** What the toolbar shows and does. */
export interface EventToolbarProps {
  readonly entries: readonly LoggedEvent[];
  readonly found: readonly LoggedEvent[];
  readonly droppedCount: number;
  readonly isPaused: boolean;
  readonly onPause: () => void;
  readonly onClear: () => void;
}

/** Counts, pause, copy, export and clear. */
export function EventToolbar(props: EventToolbarProps) {
  const { entries, found, droppedCount, isPaused, onPause, onClear } = props;
  return (
    <div className="inspector-top">
      <p className="inspector-count" data-testid="event-count">
        {found.length} of {entries.length}
        {droppedCount > 0 ? `, ${droppedCount} older left` : ''}
      </p>
      <button
        type="button"
        className="button quiet icon-only"
        data-testid="event-pause"
        aria-pressed={isPaused}
        title={isPaused ? 'Go on showing what comes' : 'Let the list stand still'}
        onClick={onPause}
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        <span className="hidden">Pause</span>
      </button>
      <CopyButton
        label="Copy the events shown as JSON"
        text={() => exportEvents(found)}
        testId="event-copy"
        isIconOnly
      />
      <button
        type="button"
        className="button quiet icon-only"
        data-testid="event-export"
        title="Save all events as a file"
        disabled={entries.length === 0}
        onClick={() => {
          saveFile('prism-events.json', exportEvents(entries));
        }}
      >
        <Icon name="download" />
        <span className="hidden">Save as a file</span>
      </button>
      <button
        type="button"
        className="button quiet icon-only"
        data-testid="event-clear"
        title="Forget all events"
        onClick={onClear}
      >
        <Icon name="trash" />
        <span className="hidden">Clear</span>
      </button>
    </div>
  );
}
