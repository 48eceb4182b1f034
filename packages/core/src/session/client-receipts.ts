/**
 * Which event of its client a session has taken in last. A client whose connection broke learns by it what of its own
 * events may not have arrived: each way keeps the order, so it is everything after that one.
 */
export class ClientReceipts {
  #lastId: string | undefined;

  /** @param lastId - Of the same client's events, what another process has taken in. */
  constructor(lastId?: string) {
    this.#lastId = lastId;
  }

  /** The last event with an id; undefined before the first. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** An event has come, be it accepted or refused. */
  take(eventId: unknown): void {
    if (typeof eventId === 'string' && eventId !== '') this.#lastId = eventId;
  }
}
