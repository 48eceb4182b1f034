import type { WireEvent } from '../wire-event.ts';

/** Which way an event went: `in` from the server, `out` to it. */
export type EventDirection = 'in' | 'out';

/** One event as it crossed the data channel. */
export interface LoggedEvent {
  /** Rises by one per logged event and never repeats, also across `clear`. */
  readonly sequence: number;
  readonly direction: EventDirection;
  /** Time of the log's owner, in milliseconds. */
  readonly atMs: number;
  readonly event: WireEvent;
  /** Length of the event's JSON text in UTF-16 units. */
  readonly sizeCharacters: number;
}

/** Limits of an event log; the oldest events leave when either is passed. */
export interface EventLogLimits {
  readonly capacityCount: number;
  readonly capacityCharacters: number;
}

const DEFAULT_LIMITS: EventLogLimits = { capacityCount: 1000, capacityCharacters: 4_000_000 };

/** A bounded record of the newest events of a call, and a count of those that had to leave. */
export class EventLog {
  readonly #limits: EventLogLimits;
  #entries: readonly LoggedEvent[] = [];
  #sequence = 0;
  #heldCharacters = 0;
  #droppedCount = 0;

  constructor(limits: EventLogLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Adds an event; `sizeCharacters` is the length of its JSON text. */
  push(entry: Omit<LoggedEvent, 'sequence'>): void {
    this.#sequence += 1;
    const entries = [...this.#entries, { ...entry, sequence: this.#sequence }];
    this.#heldCharacters += entry.sizeCharacters;
    let droppedCount = 0;
    while (
      entries.length - droppedCount > this.#limits.capacityCount ||
      (this.#heldCharacters > this.#limits.capacityCharacters && droppedCount < entries.length)
    ) {
      this.#heldCharacters -= entries[droppedCount]?.sizeCharacters ?? 0;
      droppedCount += 1;
    }
    this.#droppedCount += droppedCount;
    this.#entries = droppedCount === 0 ? entries : entries.slice(droppedCount);
  }

  /** The held events, oldest first; the same list object until the log changes. */
  entries(): readonly LoggedEvent[] {
    return this.#entries;
  }

  /** How many events left because of the limits. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Forgets all held events; the drop count stays. */
  clear(): void {
    this.#entries = [];
    this.#heldCharacters = 0;
  }
}
