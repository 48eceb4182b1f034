import type { MessageEntry } from '@prism/client';
import { formatMs } from './figures.ts';
import { HeardWords, splitHeard } from './heard-words.tsx';

function bodyOf(entry: MessageEntry): string {
  if (entry.text !== '') return entry.text;
  if (entry.status === 'partial') return '…';
  if (entry.failure !== undefined) return 'Could not be transcribed';
  return entry.isSpoken ? 'No words recognised' : '';
}

function noteOf(entry: MessageEntry): string | undefined {
  if (entry.status !== 'interrupted') return entry.failure;
  return entry.heardMs === undefined
    ? 'interrupted'
    : `interrupted – ${formatMs(entry.heardMs)} were heard`;
}

const SPEAKERS = { user: 'You', assistant: 'Agent', system: 'System' } as const;

/** One thing said or typed. */
export function MessageRow({ entry }: { readonly entry: MessageEntry }) {
  const note = noteOf(entry);
  const split = splitHeard(entry);
  return (
    <li
      className={`message ${entry.role}`}
      data-testid={`${entry.role}-entry`}
      data-item-id={entry.itemId}
      data-status={entry.status}
      aria-busy={entry.status === 'partial'}
    >
      <span className="speaker">{SPEAKERS[entry.role]}</span>
      {split === undefined ? (
        <p className={entry.text === '' ? 'words empty' : 'words'}>{bodyOf(entry)}</p>
      ) : (
        <HeardWords split={split} />
      )}
      {note === undefined ? null : <span className="note">{note}</span>}
    </li>
  );
}
