/** Places before the first item that are let go together. */
const SLACK_COUNT = 256;

/** First in, first out, each in constant time, with a look at any item. Its owner bounds it. */
export class Fifo<Item> {
  readonly #items: (Item | undefined)[] = [];
  #headIndex = 0;

  get length(): number {
    return this.#items.length - this.#headIndex;
  }

  /** The item so many places behind the first; undefined beyond the last. */
  at(index: number): Item | undefined {
    return index < 0 ? undefined : this.#items[this.#headIndex + index];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.at(0);
    if (this.length === 0) return undefined;
    this.#items[this.#headIndex] = undefined;
    this.#headIndex += 1;
    if (this.#headIndex >= SLACK_COUNT && this.#headIndex * 2 >= this.#items.length) {
      this.#items.splice(0, this.#headIndex);
      this.#headIndex = 0;
    }
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#headIndex = 0;
  }
}
