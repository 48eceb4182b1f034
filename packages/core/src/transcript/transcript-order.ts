import { assertNever } from '../errors/invariant.ts';
import type { Description, Machine } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { Deadline } from '../time/deadline-table.ts';

/**
 * What is known of an entry's text.
 * - `pending`: it is still to come.
 * - `final`: all of it; of an assistant, all of it was heard.
 * - `cut`: an assistant's, up to what was heard.
 * - `failed`: the upstream couldn't transcribe it.
 * - `missing`: it didn't come in time.
 */
export type EntryStatus = 'pending' | 'final' | 'cut' | 'failed' | 'missing';

export interface TranscriptEntry {
  readonly itemId: string;
  readonly role: 'user' | 'assistant';
  /** Empty unless final or cut. */
  readonly text: string;
  readonly status: EntryStatus;
}

export type TranscriptOrderInput =
  /** An item took its place; `text` is there when it needs no transcription. Told once per item. */
  | {
      readonly type: 'item.added';
      readonly itemId: string;
      /** As on the wire: the item before it; `null` or `root` for the first place, `undefined` for the last. */
      readonly previousItemId: string | null | undefined;
      /** `other`: a tool's call or output; keeps its place and is never told. */
      readonly role: 'user' | 'assistant' | 'other';
      readonly text?: string | undefined;
    }
  /** A user's transcript is complete, or an assistant's answer was heard to its end or cut. */
  | {
      readonly type: 'item.text';
      readonly itemId: string;
      readonly text: string;
      readonly isCut?: boolean | undefined;
    }
  | { readonly type: 'item.failed'; readonly itemId: string }
  | { readonly type: 'item.deleted'; readonly itemId: string }
  | { readonly type: 'deadline' }
  /** The conversation is over. */
  | { readonly type: 'close' };

export type TranscriptOrderEffect =
  /** The next entry in the conversation's order. */
  | { readonly type: 'entry'; readonly entry: TranscriptEntry }
  /** The text of an entry that was told as `missing`, or a cut of one told as final. */
  | { readonly type: 'correction'; readonly entry: TranscriptEntry }
  /** All entries in order, once, last; the oldest may have been let go. */
  | {
      readonly type: 'transcript';
      readonly entries: readonly TranscriptEntry[];
      readonly omittedEntries: number;
    };

/** An entry in its place, those included that are never told. */
export interface OrderedEntry {
  readonly itemId: string;
  readonly role: 'user' | 'assistant' | 'other';
  readonly text: string;
  readonly status: EntryStatus;
  readonly isTold: boolean;
}

interface Entry extends OrderedEntry {
  readonly dueAtMs: MonotonicMs;
  text: string;
  status: EntryStatus;
  isTold: boolean;
}

export interface TranscriptOrderOptions {
  /** How long a user's transcript may hold up what was said after it, in ms. */
  readonly holdMs: number;
  /** Entries remembered; beyond it the oldest are let go, told if they weren't. */
  readonly entryCountMax: number;
  /** Characters remembered in all entries together; beyond it likewise. */
  readonly textCharsMax: number;
}

const DEFAULTS: TranscriptOrderOptions = {
  holdMs: 10_000,
  entryCountMax: 2_000,
  textCharsMax: 2_000_000,
};

/**
 * Brings transcripts into the conversation's order. The user's words are transcribed beside the conversation and come
 * late, often after the answer to them; each is held in its item's place and told when all before it is told.
 */
export class TranscriptOrder
  implements Machine<TranscriptOrderInput, TranscriptOrderEffect, 'transcript.hold'>
{
  readonly #options: TranscriptOrderOptions;
  /** In the order of the conversation. */
  readonly #entries: Entry[] = [];
  readonly #effects: TranscriptOrderEffect[] = [];
  #textChars = 0;
  #omittedEntries = 0;
  #missingCount = 0;
  #isClosed = false;

  constructor(options: Partial<TranscriptOrderOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  handle(input: TranscriptOrderInput, nowMs: MonotonicMs): void {
    if (this.#isClosed) return;
    switch (input.type) {
      case 'item.added':
        this.#add(input, nowMs);
        break;
      case 'item.text':
        this.#settle(input.itemId, input.isCut === true ? 'cut' : 'final', input.text);
        break;
      case 'item.failed':
        this.#settle(input.itemId, 'failed', '');
        break;
      case 'item.deleted':
        this.#delete(input.itemId);
        break;
      case 'deadline':
        break;
      case 'close':
        this.#close();
        return;
      default:
        assertNever(input, 'transcript input');
    }
    this.#tell(nowMs);
  }

  poll(): TranscriptOrderEffect | undefined {
    return this.#effects.shift();
  }

  /** All entries as they stand, oldest first. */
  get entries(): readonly OrderedEntry[] {
    return this.#entries.map(({ dueAtMs: _, ...entry }) => entry);
  }

  /** Entries that were let go. */
  get omittedEntries(): number {
    return this.#omittedEntries;
  }

  /** Whether a user's words are still to come. */
  get awaitsUser(): boolean {
    return this.#entries.some(({ role, status }) => role === 'user' && status === 'pending');
  }

  /** Takes over another order's entries, before anything else comes; what was told isn't told again. */
  restore(entries: readonly OrderedEntry[], omittedEntries: number, nowMs: MonotonicMs): void {
    const dueAtMs = after(nowMs, this.#options.holdMs);
    for (const entry of entries) {
      this.#entries.push({ ...entry, dueAtMs });
      this.#textChars += entry.text.length;
    }
    this.#omittedEntries = omittedEntries;
  }

  deadline(): Deadline<'transcript.hold'> | undefined {
    if (this.#isClosed) return undefined;
    const head = this.#entries.find((entry) => !entry.isTold);
    if (head === undefined || head.role === 'assistant') return undefined;
    return { atMs: head.dueAtMs, reason: 'transcript.hold' };
  }

  describe(): Description {
    return {
      entries: this.#entries.length,
      waiting: this.#entries.filter((entry) => !entry.isTold).length,
      missing: this.#missingCount,
      omitted: this.#omittedEntries,
    };
  }

  #add(
    input: Extract<TranscriptOrderInput, { readonly type: 'item.added' }>,
    nowMs: MonotonicMs,
  ): void {
    if (this.#entries.some((entry) => entry.itemId === input.itemId)) return;
    const entry: Entry = {
      itemId: input.itemId,
      role: input.role,
      dueAtMs: after(nowMs, this.#options.holdMs),
      text: input.text ?? '',
      status: input.text === undefined && input.role !== 'other' ? 'pending' : 'final',
      isTold: input.role === 'other',
    };
    this.#entries.splice(this.#placeAfter(input.previousItemId), 0, entry);
    this.#textChars += entry.text.length;
    this.#trim();
  }

  /** Behind its predecessor; an item that isn't known (deleted, let go) leaves the last place. */
  #placeAfter(previousItemId: string | null | undefined): number {
    if (previousItemId === undefined) return this.#entries.length;
    if (previousItemId === null || previousItemId === 'root') return 0;
    const at = this.#entries.findLastIndex((entry) => entry.itemId === previousItemId);
    return at < 0 ? this.#entries.length : at + 1;
  }

  #settle(itemId: string, status: EntryStatus, text: string): void {
    const entry = this.#entries.find((other) => other.itemId === itemId);
    if (entry === undefined || entry.role === 'other') return;
    const isChanged = entry.status !== status || entry.text !== text;
    this.#textChars += text.length - entry.text.length;
    entry.text = text;
    entry.status = status;
    if (entry.isTold && isChanged) {
      this.#push('correction', entry);
    }
    this.#trim();
  }

  #delete(itemId: string): void {
    const at = this.#entries.findIndex((entry) => entry.itemId === itemId);
    if (at < 0) return;
    for (const entry of this.#entries.splice(at, 1)) this.#textChars -= entry.text.length;
  }

  /** Tells what is settled, from the front to the first that isn't; a user's that is overdue no longer counts. */
  #tell(nowMs: MonotonicMs): void {
    for (const entry of this.#entries) {
      if (entry.isTold) continue;
      if (entry.status === 'pending') {
        if (entry.role === 'assistant' || nowMs < entry.dueAtMs) return;
        this.#miss(entry);
      }
      entry.isTold = true;
      this.#push('entry', entry);
    }
  }

  #miss(entry: Entry): void {
    entry.status = 'missing';
    this.#missingCount += 1;
  }

  #trim(): void {
    const { entryCountMax, textCharsMax } = this.#options;
    while (
      this.#entries.length > 1 &&
      (this.#entries.length > entryCountMax || this.#textChars > textCharsMax)
    ) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#textChars -= oldest.text.length;
      if (oldest.role !== 'other') this.#omittedEntries += 1;
      if (oldest.isTold) continue;
      if (oldest.status === 'pending') this.#miss(oldest);
      this.#push('entry', oldest);
    }
  }

  #push(type: 'entry' | 'correction', entry: Entry): void {
    for (const known of told(entry)) this.#effects.push({ type, entry: known });
  }

  /** What is still to come is missing; everything is told before the whole. */
  #close(): void {
    this.#isClosed = true;
    for (const entry of this.#entries) {
      if (entry.status === 'pending') this.#miss(entry);
      if (!entry.isTold) this.#push('entry', entry);
      entry.isTold = true;
    }
    const entries = this.#entries.flatMap(told);
    this.#effects.push({ type: 'transcript', entries, omittedEntries: this.#omittedEntries });
  }
}

function told({ itemId, role, text, status }: Entry): readonly TranscriptEntry[] {
  return role === 'other' ? [] : [{ itemId, role, text, status }];
}
