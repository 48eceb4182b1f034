import type { ClientEventOf } from '../wire/client-event.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import { AudioStore } from './audio-store.ts';
import type { Hearings } from './hearings.ts';
import type { IdSource } from './id-source.ts';
import { type Item, itemObject } from './item.ts';
import { ItemList } from './item-list.ts';
import { makeItem } from './make-item.ts';
import type { Outbox } from './outbox.ts';
import { retrievedItem } from './retrieved-item.ts';
import type { SessionState } from './session-state.ts';
import { truncateItem } from './truncation.ts';

/** The most items of a conversation; beyond it the oldest is deleted, and the client is told. */
export const ITEM_COUNT_MAX = 1_000;

export interface ItemDeskOptions {
  readonly outbox: Outbox;
  readonly ids: IdSource;
  readonly session: SessionState;
  readonly hearings: Hearings;
}

/** Serves the `conversation.item.*` client events, and takes in the server's own items. */
export class ItemDesk {
  readonly items = new ItemList();
  readonly #store = new AudioStore();
  readonly #options: ItemDeskOptions;

  constructor(options: ItemDeskOptions) {
    this.#options = options;
  }

  get forgottenAudioCount(): number {
    return this.#store.forgottenCount;
  }

  /** Appends an item of the server's, such as a committed turn, and tells it. */
  append(item: Item): void {
    this.items.append(item);
    this.#tell(item);
    this.keepBounds();
  }

  create(event: ClientEventOf<'conversation.item.create'>, nowMs: number): WireError | undefined {
    const { ids, session, hearings } = this.#options;
    const { item: from } = event;
    if (from.type === 'function_call_output' && this.items.findCall(from.call_id) === undefined) {
      const message = `Tool call ID '${from.call_id}' not found in conversation.`;
      return invalidRequest('invalid_value', message, 'item.call_id');
    }
    const format = session.object.audio.input.format;
    const made = makeItem(from, { ids, format, param: 'item' });
    if (!made.ok) {
      return made.error;
    }
    const { item } = made;
    const previousId = event.previous_item_id ?? '';
    if (previousId === '') {
      this.items.append(item);
    } else if (!this.items.insertAfter(item, previousId)) {
      const message = `The previous item '${previousId}' does not exist.`;
      return invalidRequest('invalid_value', message, 'previous_item_id');
    }
    this.#tell(item);
    for (const recording of made.recordings) {
      hearings.hearClip({ itemId: item.id, ...recording, isTold: true, nowMs });
    }
    this.keepBounds();
    return undefined;
  }

  retrieve(itemId: string): WireError | undefined {
    const item = this.items.find(itemId);
    if (item === undefined) {
      return unknownItem('item_retrieve_invalid_item_id', 'retrieving', itemId);
    }
    const { audio } = this.#options.session.object;
    const output = 'output' in audio ? audio.output.format : audio.input.format;
    this.#options.outbox.send({
      type: 'conversation.item.retrieved',
      item: retrievedItem(item, { input: audio.input.format, output }),
    });
    return undefined;
  }

  delete(itemId: string): WireError | undefined {
    if (this.items.remove(itemId) === undefined) {
      return unknownItem('item_delete_invalid_item_id', 'deleting', itemId);
    }
    this.#deleted(itemId);
    return undefined;
  }

  truncate(event: ClientEventOf<'conversation.item.truncate'>): WireError | undefined {
    const item = this.items.find(event.item_id);
    if (item === undefined) {
      return unknownItem('item_truncate_invalid_item_id', 'truncating', event.item_id);
    }
    const { content_index, audio_end_ms } = event;
    const error = truncateItem(item, { contentIndex: content_index, audioEndMs: audio_end_ms });
    if (error !== undefined) {
      return error;
    }
    this.#options.outbox.send({
      type: 'conversation.item.truncated',
      item_id: event.item_id,
      content_index,
      audio_end_ms,
    });
    return undefined;
  }

  /** Forgets what is beyond the bounds of items and of recorded audio. */
  keepBounds(): void {
    while (this.items.count > ITEM_COUNT_MAX) {
      const oldest = this.items.removeFirst();
      if (oldest !== undefined) {
        this.#deleted(oldest.id);
      }
    }
    this.#store.trim(this.items.all);
  }

  #deleted(itemId: string): void {
    this.#options.hearings.cancelItem(itemId);
    this.#options.outbox.send({ type: 'conversation.item.deleted', item_id: itemId });
  }

  #tell(item: Item): void {
    const previous_item_id = this.items.previousIdOf(item);
    for (const type of ['conversation.item.added', 'conversation.item.done'] as const) {
      this.#options.outbox.send({ type, previous_item_id, item: itemObject(item) });
    }
  }
}

function unknownItem(code: string, doing: string, itemId: string): WireError {
  const message = `Error ${doing} item: the item with id '${itemId}' does not exist.`;
  return invalidRequest(code, message, 'item_id');
}
