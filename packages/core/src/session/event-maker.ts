import { errorBody, type PrismErrorInfo, type SessionConfig } from '@prism/protocol';
import type { IdSource } from '../ids/id-source.ts';

/** Own event ids that are remembered; the upstream answers within moments. */
const OWN_ID_COUNT_MAX = 64;

/** What ids of items begin with that say what the user sees; clients' SDKs know them by it. */
export const CONTEXT_ITEM_PREFIX = 'context_';

/** A content part that ends at `audioEndMs`, in ms of the audio as generated. */
export interface ItemCut {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly audioEndMs: number;
}

/** Writes the events that Prism makes itself, in the Realtime GA shape. */
export class EventMaker {
  readonly #ids: IdSource;
  /** Ids of client events of Prism's own, most of which the upstream never mentions again. */
  readonly #ownIds = new Set<string>();

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  /** The WebRTC playback events (Realtime reference, `output_audio_buffer.*`). */
  outputAudioBuffer(what: 'started' | 'stopped' | 'cleared', responseId: string): string {
    return JSON.stringify({
      type: `output_audio_buffer.${what}`,
      event_id: this.#ids.nextEventId(),
      response_id: responseId,
    });
  }

  /** An event of Prism's own for those who know its name space (`docs/reference/prism-events.md`). */
  prism(type: `prism.${string}`, fields: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({ type, event_id: this.#ids.nextEventId(), ...fields });
  }

  /** An `error` event; `clientEventId` is the `event_id` of the client event at fault. */
  error(info: PrismErrorInfo, clientEventId: string | undefined): string {
    const { error } = errorBody(info);
    return JSON.stringify({
      type: 'error',
      event_id: this.#ids.nextEventId(),
      error: { ...error, event_id: clientEventId ?? null },
    });
  }

  /** Whether this is the id of a client event that Prism made by itself, and not long ago. */
  isOwn(eventId: string): boolean {
    return this.#ownIds.has(eventId);
  }

  /** A client event of Prism's own toward the upstream: configure the session. */
  sessionUpdate(session: SessionConfig): { readonly eventId: string; readonly text: string } {
    const eventId = this.#ids.nextEventId();
    return {
      eventId,
      text: JSON.stringify({ type: 'session.update', event_id: eventId, session }),
    };
  }

  /** An id for a client's event that has none, so that the upstream's answer can be told apart. */
  nextId(): string {
    return this.#ids.nextEventId();
  }

  /** A client event of Prism's own toward the upstream: what came of a function call. */
  functionCallOutput(
    callId: string,
    output: string,
  ): { readonly eventId: string; readonly text: string } {
    return this.#itemCreate({ type: 'function_call_output', call_id: callId, output });
  }

  /** A client event of Prism's own toward the upstream: something that the model has to know. */
  systemMessage(text: string): string {
    const content = [{ type: 'input_text', text }];
    return this.#itemCreate({ type: 'message', role: 'system', content }).text;
  }

  /**
   * What the user sees, as an item that can be taken back by its id. It has the id of the client's event, if that had
   * one, so that the upstream's error is the client's to read.
   */
  contextItem(
    text: string,
    eventId: string | undefined,
  ): { readonly itemId: string; readonly text: string } {
    const itemId = this.#ids.nextEventId().replace('event_', CONTEXT_ITEM_PREFIX);
    const content = [{ type: 'input_text', text }];
    const item = { id: itemId, type: 'message', role: 'system', content };
    const event_id = eventId ?? this.#nextOwnId();
    return { itemId, text: JSON.stringify({ type: 'conversation.item.create', event_id, item }) };
  }

  /** A client event of Prism's own toward the upstream: forget an item that Prism made. */
  deleteItem(itemId: string): string {
    const event_id = this.#nextOwnId();
    return JSON.stringify({ type: 'conversation.item.delete', event_id, item_id: itemId });
  }

  /** A client event of Prism's own toward the upstream: cut an item at what was heard. */
  truncate(cut: ItemCut): { readonly eventId: string; readonly text: string } {
    const eventId = this.#nextOwnId();
    return { eventId, text: this.#itemCut('conversation.item.truncate', eventId, cut) };
  }

  /** What the upstream would answer a truncate with. */
  truncated(cut: ItemCut): string {
    return this.#itemCut('conversation.item.truncated', this.#ids.nextEventId(), cut);
  }

  /** A client event of Prism's own toward the upstream: stop generating. */
  cancel(responseId: string): string {
    return JSON.stringify({
      type: 'response.cancel',
      event_id: this.#nextOwnId(),
      response_id: responseId,
    });
  }

  /** A client event of Prism's own toward the upstream: what was said so far is a turn. */
  commitInput(): string {
    return JSON.stringify({ type: 'input_audio_buffer.commit', event_id: this.#nextOwnId() });
  }

  /** A client event of Prism's own toward the upstream: forget what was said and not answered. */
  clearInput(): string {
    return JSON.stringify({ type: 'input_audio_buffer.clear', event_id: this.#nextOwnId() });
  }

  #itemCreate(item: object): { readonly eventId: string; readonly text: string } {
    const eventId = this.#nextOwnId();
    const event = { type: 'conversation.item.create', event_id: eventId, item };
    return { eventId, text: JSON.stringify(event) };
  }

  #itemCut(type: string, eventId: string, { itemId, contentIndex, audioEndMs }: ItemCut): string {
    return JSON.stringify({
      type,
      event_id: eventId,
      item_id: itemId,
      content_index: contentIndex,
      audio_end_ms: audioEndMs,
    });
  }

  #nextOwnId(): string {
    const id = this.#ids.nextEventId();
    this.#ownIds.add(id);
    if (this.#ownIds.size > OWN_ID_COUNT_MAX) {
      const oldest = this.#ownIds.values().next();
      if (oldest.done !== true) this.#ownIds.delete(oldest.value);
    }
    return id;
  }
}
