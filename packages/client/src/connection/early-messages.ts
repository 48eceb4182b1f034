/** Messages of a link that isn't in use yet; the server tells them again to who asks for them. */
const MESSAGE_COUNT_MAX = 256;

/** What links have brought that aren't in use yet: whoever answers it needs a link that is. */
export class EarlyMessages {
  readonly #texts = new Map<number, string[]>();

  /** Keeps what link `number` has brought. */
  keep(number: number, text: string): void {
    const texts = this.#texts.get(number) ?? [];
    if (texts.length < MESSAGE_COUNT_MAX) texts.push(text);
    this.#texts.set(number, texts);
  }

  /** What was kept of a link, oldest first, and no more. */
  take(number: number): readonly string[] {
    const texts = this.#texts.get(number) ?? [];
    this.#texts.delete(number);
    return texts;
  }
}
