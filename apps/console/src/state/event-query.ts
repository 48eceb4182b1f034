import type { EventDirection, LoggedEvent } from '@prism/client/inspect';

/** Which events the inspector shows. */
export interface EventQuery {
  /** Looked for in types and payloads, without regard to case. */
  readonly text: string;
  readonly direction: EventDirection | 'both';
  /** What the type begins with, up to its first dot; every event if undefined. */
  readonly family: string | undefined;
  readonly hasDeltas: boolean;
}

/** Everything but deltas, which come by the hundred. */
export const WHOLE_LOG: EventQuery = {
  text: '',
  direction: 'both',
  family: undefined,
  hasDeltas: false,
};

/** What a type begins with, up to its first dot. */
function familyOf(type: string): string {
  const [family = type] = type.split('.');
  return family;
}

/** The families of these events with their counts, in order of their names. */
export function familiesOf(
  entries: readonly LoggedEvent[],
): readonly (readonly [family: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { event } of entries) {
    const family = familyOf(event.type);
    counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}

/** Finds events by a query; what was found stays known while only newer events come. */
export class EventFinder {
  readonly #texts = new WeakMap<LoggedEvent, string>();
  #query: EventQuery | undefined;
  #seen: readonly LoggedEvent[] = [];
  #found: readonly LoggedEvent[] = [];

  /** The events of `entries`, oldest first, that the query wants. */
  find(entries: readonly LoggedEvent[], query: EventQuery): readonly LoggedEvent[] {
    const isSame = query === this.#query;
    if (isSame && entries === this.#seen) return this.#found;
    const oldest = entries[0]?.sequence ?? Number.POSITIVE_INFINITY;
    const newest = isSame ? (this.#seen.at(-1)?.sequence ?? 0) : 0;
    const kept = isSame ? this.#found.filter(({ sequence }) => sequence >= oldest) : [];
    const wanted = query.text.trim().toLowerCase();
    const found = entries.filter(
      (entry) => entry.sequence > newest && this.#isWanted(entry, query, wanted),
    );
    this.#query = query;
    this.#seen = entries;
    this.#found = [...kept, ...found];
    return this.#found;
  }

  #isWanted(entry: LoggedEvent, query: EventQuery, wanted: string): boolean {
    const { type } = entry.event;
    if (query.direction !== 'both' && entry.direction !== query.direction) return false;
    if (query.family !== undefined && familyOf(type) !== query.family) return false;
    if (!query.hasDeltas && type.endsWith('.delta')) return false;
    return wanted === '' || this.#textOf(entry).includes(wanted);
  }

  #textOf(entry: LoggedEvent): string {
    let text = this.#texts.get(entry);
    if (text === undefined) {
      text = JSON.stringify(entry.event).toLowerCase();
      this.#texts.set(entry, text);
    }
    return text;
  }
}

/** Events as a file: one JSON array, each with direction and time beside it. */
export function exportEvents(entries: readonly LoggedEvent[]): string {
  const rows = entries.map(({ direction, atMs, event }) => ({
    direction: direction === 'in' ? 'received' : 'sent',
    at: new Date(atMs).toISOString(),
    event,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
