import type { Item } from './item.ts';

/** The conversation's items in order. A client may use an id twice: the later item is the one that is found. */
export class ItemList {
  readonly #items: Item[] = [];

  get count(): number {
    return this.#items.length;
  }

  get all(): readonly Item[] {
    return this.#items;
  }

  get last(): Item | undefined {
    return this.#items.at(-1);
  }

  find(id: string): Item | undefined {
    return this.#items.findLast((item) => item.id === id);
  }

  findCall(callId: string): Item | undefined {
    return this.#items.find((item) => item.type === 'function_call' && item.callId === callId);
  }

  append(item: Item): void {
    this.#items.push(item);
  }

  /** Puts an item behind another, or in front of all for `root`; false if that other item isn't there. */
  insertAfter(item: Item, previousItemId: string): boolean {
    const index =
      previousItemId === 'root'
        ? -1
        : this.#items.findLastIndex((existing) => existing.id === previousItemId);
    if (index === -1 && previousItemId !== 'root') {
      return false;
    }
    this.#items.splice(index + 1, 0, item);
    return true;
  }

  remove(id: string): Item | undefined {
    const index = this.#items.findLastIndex((item) => item.id === id);
    return index === -1 ? undefined : this.#items.splice(index, 1)[0];
  }

  removeFirst(): Item | undefined {
    return this.#items.shift();
  }

  /** The id that the wire names as `previous_item_id` of this item; null for the first. */
  previousIdOf(item: Item): string | null {
    const index = this.#items.lastIndexOf(item);
    return this.#items[index - 1]?.id ?? null;
  }

  isFirst(itemId: string | null): boolean {
    return itemId !== null && this.#items[0]?.id === itemId;
  }
}
