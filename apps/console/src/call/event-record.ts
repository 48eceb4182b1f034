import type { WireEvent } from '@prism/client';
import { EventLog, type LoggedEvent } from '@prism/client/inspect';

/** What the inspector keeps of a call; the oldest leave at either limit. */
const LIMITS = { capacityCount: 5000, capacityCharacters: 8_000_000 };

/** The events of the call as the inspector shows them: as they come, or as they were when it was paused. */
export class EventRecord {
  readonly #log = new EventLog(LIMITS);
  readonly #listeners = new Set<() => void>();
  #frozen: readonly LoggedEvent[] | undefined;
  #isTelling = false;

  /** The events to show, oldest first; the same list until it changes. */
  readonly entries = (): readonly LoggedEvent[] => this.#frozen ?? this.#log.entries();

  /** Whether the list stands still; the record goes on. */
  readonly isPaused = (): boolean => this.#frozen !== undefined;

  /** Calls back when the list changes, at most once a frame; the returned function ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  get droppedCount(): number {
    return this.#log.droppedCount;
  }

  push(direction: LoggedEvent['direction'], event: WireEvent, sizeCharacters: number): void {
    this.#log.push({ direction, event, sizeCharacters, atMs: Date.now() });
    if (this.#frozen !== undefined || this.#isTelling) return;
    this.#isTelling = true;
    // A hidden page has no frames: the list is told of when it is looked at.
    requestAnimationFrame(() => {
      this.#isTelling = false;
      this.#tell();
    });
  }

  setPaused(isPaused: boolean): void {
    this.#frozen = isPaused ? this.#log.entries() : undefined;
    this.#tell();
  }

  /** Forgets all events. */
  clear(): void {
    this.#log.clear();
    if (this.#frozen !== undefined) this.#frozen = [];
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
