import { type AccountNote, NO_SPENDING } from '@prism/core';
import type { SharedNote } from './messages.ts';

/** What each worker has let the others know and still holds, for a worker that comes later. */
export class NoteBoard {
  /** By worker and what it is about; a worker has no more of them than a few for each of its sessions. */
  readonly #notes = new Map<number, Map<string, SharedNote>>();

  put(from: number, note: SharedNote): void {
    const own = this.#notes.get(from) ?? new Map<string, SharedNote>();
    this.#notes.set(from, own);
    const key = keyOf(note);
    if (isOver(note)) own.delete(key);
    else own.set(key, note);
  }

  /** A worker has gone, and what it held with it. */
  forget(from: number): void {
    this.#notes.delete(from);
  }

  /** What holds now. What was spent is in the storage, where a worker that comes later finds it. */
  all(): readonly { readonly from: number; readonly note: SharedNote }[] {
    return [...this.#notes].flatMap(([from, own]) =>
      [...own.values()].map((note) => ({ from, note: withoutSpending(note) })),
    );
  }

  /** How many a subject has in the other workers. */
  countOf(counter: string, subject: string): number {
    const key = keyOf({ type: 'places', counter, subject, count: 0 });
    let sum = 0;
    for (const own of this.#notes.values()) {
      const note = own.get(key);
      if (note?.type === 'places') sum += note.count;
    }
    return sum;
  }
}

function keyOf(note: SharedNote): string {
  return note.type === 'places' ? `${note.counter} ${note.subject}` : note.account.sessionId;
}

function isOver(note: SharedNote): boolean {
  return note.type === 'places' ? note.count === 0 : note.account.held === undefined;
}

function withoutSpending(note: SharedNote): SharedNote {
  if (note.type === 'places') return note;
  const account: AccountNote = { ...note.account, spent: NO_SPENDING };
  return { type: 'account', account };
}
