import type { KnownServerEvent } from '@prism/protocol';
import { isRecord } from './same-value.ts';

/** Items remembered; beyond it the oldest is forgotten, and what is forgotten is taken for hidden. */
const INDEXED_ITEM_COUNT_MAX = 1_024;

/** An item that is no message of the user's or the assistant's. */
export interface IndexedItem {
  readonly type: string;
  readonly role: string | undefined;
  /** Of a function call. */
  readonly name: string | undefined;
  /** Of a function call and its output. */
  readonly callId: string | undefined;
}

/** Which items and calls there are in a conversation besides what the two sides say: policies hide some of them. */
export class ConversationIndex {
  readonly #items = new Map<string, IndexedItem>();
  readonly #nameByCall = new Map<string, string>();
  #isComplete: boolean;

  /** @param isComplete - False if the conversation began before. */
  constructor(isComplete: boolean) {
    this.#isComplete = isComplete;
  }

  /** Whether an item that isn't here is a message. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  find(itemId: string): IndexedItem | undefined {
    return this.#items.get(itemId);
  }

  /** The function that a call calls; `undefined` for one that isn't known. */
  nameOfCall(callId: unknown): string | undefined {
    return typeof callId === 'string' ? this.#nameByCall.get(callId) : undefined;
  }

  observe(event: KnownServerEvent): void {
    switch (event.type) {
      case 'conversation.item.added':
      case 'conversation.item.done':
      case 'conversation.item.retrieved':
      case 'response.output_item.added':
      case 'response.output_item.done':
        return this.#keep(event.item.id, event.item);
      case 'conversation.item.deleted':
        this.#items.delete(event.item_id);
        return;
      default:
    }
  }

  #keep(itemId: string, item: unknown): void {
    if (!isRecord(item) || item['role'] === 'user' || item['role'] === 'assistant') return;
    const { type, role, name, call_id: callId } = item;
    const known = { name: textOf(name), callId: textOf(callId) };
    this.#items.set(itemId, { type: String(type), role: textOf(role), ...known });
    this.#bound(this.#items);
    if (type !== 'function_call' || known.callId === undefined || known.name === undefined) return;
    this.#nameByCall.set(known.callId, known.name);
    this.#bound(this.#nameByCall);
  }

  #bound(map: Map<string, unknown>): void {
    if (map.size <= INDEXED_ITEM_COUNT_MAX) return;
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
    this.#isComplete = false;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
