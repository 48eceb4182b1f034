import type { SharedNote } from './messages.ts';

/** What each worker has let the others know and still holds, for a worker that comes later. */
export class NoteBoard {
  /** By worker, counter and subject; a worker has no more of them than sessions. */
  readonly #notes = new Map<number, Map<string, SharedNote>>();

  put(from: number, note: SharedNote): void {
    const key = `${note.counter} ${note.subject}`;
    const own = this.#notes.get(from) ?? new Map<string, SharedNote>();
    this.#notes.set(from, own);
    if (note.count === 0) own.delete(key);
    else own.set(key, note);
  }

  /** A worker has gone, and what it held with it. */
  forget(from: number): void {
    this.#notes.delete(from);
  }

  all(): readonly { readonly from: number; readonly note: SharedNote }[] {
    return [...this.#notes].flatMap(([from, own]) =>
      [...own.values()].map((note) => ({ from, note })),
    );
  }

  /** What the others hold of a subject. */
  countOf(counter: string, subject: string): number {
    const key = `${counter} ${subject}`;
    return [...this.#notes.values()].reduce((sum, own) => sum + (own.get(key)?.count ?? 0), 0);
  }
}
