/** More than the server can tell again. */
const SEEN_COUNT_MAX = 512;

/**
 * Keeps an event from being heard twice when a call changes its way. The server tells again what came after the event
 * that this side named when it opened the new way, and some of that may have come on the old one meanwhile.
 */
export class SeenEvents {
  /** Of what came since the last event was named, the newest. */
  readonly #ids = new Set<string>();
  #isTold = false;
  #lastId: string | undefined;

  /** The newest event, for a way that is being opened; undefined before the first. */
  nameLast(): string | undefined {
    this.#isTold = false;
    return this.#lastId;
  }

  /** The server begins to tell what came after it. */
  resumed(): void {
    this.#isTold = true;
  }

  /** Takes an event; false if it has been heard. */
  take(id: string): boolean {
    if (this.#isTold && this.#ids.delete(id)) return false;
    this.#lastId = id;
    if (this.#isTold) return true;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (oldest !== undefined && this.#ids.size > SEEN_COUNT_MAX) this.#ids.delete(oldest);
    return true;
  }
}
