import { RESUME_HISTORY_CHARS_MAX, RESUME_HISTORY_COUNT_MAX } from '@prism/protocol';

/**
 * The newest events that the client was told, or would have been, so that one whose connection broke can be told again
 * what may not have arrived. Bounded by count and by size: the oldest go first.
 */
export class ClientHistory {
  readonly #texts: string[] = [];
  #chars = 0;
  #hasForgotten = false;

  /** @param texts - Events of the same client from another process, oldest first. */
  constructor(texts: readonly string[] = []) {
    for (const text of texts) this.add(text);
    this.#hasForgotten = texts.length > 0;
  }

  /** All that is remembered, oldest first. */
  get texts(): readonly string[] {
    return [...this.#texts];
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#chars += text.length;
    while (
      this.#texts.length > RESUME_HISTORY_COUNT_MAX ||
      this.#chars > RESUME_HISTORY_CHARS_MAX
    ) {
      this.#chars -= this.#texts.shift()?.length ?? 0;
      this.#hasForgotten = true;
    }
  }

  /** Everything since the beginning; undefined if that isn't remembered. */
  all(): readonly string[] | undefined {
    return this.#hasForgotten ? undefined : [...this.#texts];
  }

  /** What came after the event with this id; undefined if that isn't remembered. */
  after(eventId: string): readonly string[] | undefined {
    // Ids of server events are random and stand in no other event of the server's.
    const quoted = JSON.stringify(eventId);
    const at = this.#texts.findLastIndex((text) => text.includes(quoted));
    return at < 0 ? undefined : this.#texts.slice(at + 1);
  }
}
