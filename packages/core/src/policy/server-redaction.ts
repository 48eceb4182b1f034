import type { OtherServerEvent } from '@prism/protocol';
import type { ConversationIndex } from './conversation-index.ts';
import type { OwnedSession } from './owned-session.ts';
import { isRecord } from './same-value.ts';

export interface ServerRedactionParts {
  readonly owned: OwnedSession;
  readonly conversation: ConversationIndex;
  readonly hidesTool: (name: string | undefined) => boolean;
}

/** What a client reads instead of an upstream's words, which may quote what the server set. */
const WITHHELD = 'The upstream refused this; the code says why.';

/** Keys that Prism itself puts into a response's metadata begin so. */
const OWN_METADATA_PREFIX = 'prism_';

/** Takes out of server events what a client may not read. Only events that can hold such things are looked into. */
export class ServerRedaction {
  readonly #parts: ServerRedactionParts;
  readonly #isNothingHidden: boolean;

  constructor(parts: ServerRedactionParts) {
    this.#parts = parts;
    this.#isNothingHidden = parts.owned.isEmpty && !parts.hidesTool(undefined);
  }

  /** What is left of an event: the event itself if all of it is; `undefined` if nothing is. */
  told(event: OtherServerEvent): OtherServerEvent | undefined {
    if (this.#isNothingHidden && event['session'] === undefined) return event;
    if (this.#isOfHiddenTool(event)) return undefined;
    let told = event;
    if (event['item'] !== undefined) {
      const item = this.#item(event['item']);
      if (item === undefined) return undefined;
      if (item !== event['item']) told = { ...told, item };
    }
    const session = this.#object(event['session']);
    if (session !== event['session']) told = { ...told, session };
    const response = this.#response(event['response']);
    if (response !== event['response']) told = { ...told, response };
    const error = this.#error(event['error']);
    if (error !== event['error']) told = { ...told, error };
    return told;
  }

  /** Arguments of calls, and what MCP servers are asked, come in events of their own. */
  #isOfHiddenTool(event: OtherServerEvent): boolean {
    const { type } = event;
    if (type.startsWith('response.function_call_arguments.')) return this.#isOfHiddenCall(event);
    const isOfMcp = type.startsWith('mcp_') || type.startsWith('response.mcp_');
    return isOfMcp && this.#parts.owned.owns('tools');
  }

  #isOfHiddenCall(event: OtherServerEvent): boolean {
    const { conversation, hidesTool } = this.#parts;
    const { name, call_id: callId } = event;
    if (hidesTool(conversation.nameOfCall(callId))) return true;
    return typeof name === 'string' && hidesTool(name);
  }

  #object(value: unknown): unknown {
    return isRecord(value) ? this.#parts.owned.shown(value) : value;
  }

  #response(value: unknown): unknown {
    if (!isRecord(value)) return value;
    let shown = this.#parts.owned.shown(value);
    const { output, metadata, status_details: details } = shown;
    if (Array.isArray(output)) {
      const items = this.#items(output);
      if (items !== output) shown = { ...shown, output: items };
    }
    if (isRecord(metadata)) {
      const own = Object.entries(metadata);
      const others = own.filter(([name]) => !name.startsWith(OWN_METADATA_PREFIX));
      if (others.length < own.length) shown = { ...shown, metadata: Object.fromEntries(others) };
    }
    if (isRecord(details)) {
      const error = this.#error(details['error']);
      if (error !== details['error']) shown = { ...shown, status_details: { ...details, error } };
    }
    return shown;
  }

  #items(items: readonly unknown[]): readonly unknown[] {
    const shown = items.flatMap((item) => {
      const told = this.#item(item);
      return told === undefined ? [] : [told];
    });
    const isSame = shown.length === items.length && shown.every((item, at) => item === items[at]);
    return isSame ? items : shown;
  }

  /** An item, or `undefined` for one that is hidden. */
  #item(item: unknown): unknown {
    const { owned, conversation, hidesTool } = this.#parts;
    if (!isRecord(item)) return owned.ownsBehaviour ? undefined : item;
    const { type, role, name, call_id: callId } = item;
    switch (type) {
      case 'message':
        return owned.ownsBehaviour && role !== 'user' && role !== 'assistant' ? undefined : item;
      case 'function_call':
        return hidesTool(typeof name === 'string' ? name : undefined) ? undefined : item;
      case 'function_call_output':
        return hidesTool(conversation.nameOfCall(callId)) ? undefined : item;
      default: {
        const isOfMcp = typeof type === 'string' && type.startsWith('mcp_');
        const isHidden = isOfMcp ? owned.owns('tools') : owned.ownsBehaviour;
        return isHidden ? undefined : item;
      }
    }
  }

  /** Code and place of an error stay, its words don't: they may quote anything. */
  #error(error: unknown): unknown {
    if (!isRecord(error) || this.#parts.owned.isEmpty) return error;
    const { type, code, param, event_id: eventId } = error;
    return { type, code, message: WITHHELD, param, event_id: eventId };
  }
}
