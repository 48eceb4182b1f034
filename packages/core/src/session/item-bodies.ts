import type { ItemObject } from '@prism/protocol';
import type { RecordedItem } from '../handover/conversation-record.ts';

/** Characters of all bodies together; beyond it the oldest are forgotten. */
const BODY_CHARS_MAX = 512 * 1024;
/** Bodies remembered, likewise. */
const BODY_COUNT_MAX = 1_000;

/** What stands in items that nobody says, by the item's id, so that another process can make them again. */
export class ItemBodies {
  readonly #bodies = new Map<string, RecordedItem>();
  #chars = 0;

  /** An item was added, or is complete; only the latter has all of a call's arguments. */
  take(item: ItemObject): void {
    const body = bodyOf(item);
    if (body === undefined) return;
    this.delete(item.id);
    this.#bodies.set(item.id, body);
    this.#chars += charsOf(body);
    while (this.#bodies.size > BODY_COUNT_MAX || this.#chars > BODY_CHARS_MAX) {
      const oldest = this.#bodies.keys().next();
      if (oldest.done === true) return;
      this.delete(oldest.value);
    }
  }

  restore(itemId: string, body: RecordedItem): void {
    this.#bodies.set(itemId, body);
    this.#chars += charsOf(body);
  }

  delete(itemId: string): void {
    const body = this.#bodies.get(itemId);
    if (body === undefined) return;
    this.#chars -= charsOf(body);
    this.#bodies.delete(itemId);
  }

  get(itemId: string): RecordedItem | undefined {
    return this.#bodies.get(itemId);
  }
}

function bodyOf({ type, role, content, ...item }: ItemObject): RecordedItem | undefined {
  const { call_id: callId, name, arguments: argumentsJson, output } = item;
  if (type === 'function_call' && callId !== undefined && name !== undefined)
    return { type, call_id: callId, name, arguments: argumentsJson ?? '' };
  if (type === 'function_call_output' && callId !== undefined)
    return { type, call_id: callId, output: output ?? '' };
  if (type !== 'message' || role !== 'system') return undefined;
  return { type, role, text: (content ?? []).map(({ text }) => text ?? '').join(' ') };
}

function charsOf(body: RecordedItem): number {
  if (body.type === 'message') return body.text.length;
  return body.type === 'function_call' ? body.arguments.length : body.output.length;
}
