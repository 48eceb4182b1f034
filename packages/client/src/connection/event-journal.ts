import { PrismClientError } from '../client-error.ts';

/** Events that may wait for the server to have them. Less than what a link takes at once, so that all can go again. */
const JOURNAL_BYTES_MAX = 900_000;
const JOURNAL_COUNT_MAX = 1_000;

interface Entry {
  readonly eventId: string;
  readonly text: string;
  readonly sizeBytes: number;
}

/** The events of this side that the server hasn't said to have, oldest first, within bounds of count and size. */
export class EventJournal {
  readonly #encoder = new TextEncoder();
  #entries: Entry[] = [];
  #sizeBytes = 0;

  /** Those that may have to be sent again. */
  get texts(): readonly string[] {
    return this.#entries.map(({ text }) => text);
  }

  /** Throws `send_queue_full` if there is no room for an event like this. */
  admit(text: string): void {
    const sizeBytes = this.#sizeBytes + this.#encoder.encode(text).length;
    if (this.#entries.length >= JOURNAL_COUNT_MAX || sizeBytes > JOURNAL_BYTES_MAX)
      throw new PrismClientError('send_queue_full');
  }

  add(eventId: string, text: string): void {
    const sizeBytes = this.#encoder.encode(text).length;
    this.#entries.push({ eventId, text, sizeBytes });
    this.#sizeBytes += sizeBytes;
  }

  /** The server has this event, and so all before it. Of one that isn't here it has said so before. */
  acknowledge(eventId: string): void {
    const at = this.#entries.findIndex((entry) => entry.eventId === eventId);
    for (const { sizeBytes } of this.#entries.splice(0, at + 1)) this.#sizeBytes -= sizeBytes;
  }
}
